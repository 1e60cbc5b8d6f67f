import JSON
import Model
import Store

/// patch, replace, create and delete, where a user may.
extension KubeAPI {
    typealias Written = Result<Response, KubeStatus>

    private static let attempts = 8

    func patch(_ entry: KindEntry, _ name: String, _ request: Request) -> Written {
        change(entry, name, request) { old throws(KubeStatus) in
            do throws(ManifestError) {
                switch request.head.mediaType {
                case "application/merge-patch+json":
                    return MergePatch.apply(try JSONValue(parsing: request.body), to: old)
                case "application/json-patch+json":
                    return try JSONPatch.apply(try JSONValue(parsing: request.body), to: old)
                case "application/apply-patch+yaml", "application/apply-patch+json":
                    // kubectl sends JSON, which is YAML; every writable field has one owner: whoever wrote last.
                    return MergePatch.apply(try JSONValue(parsing: request.body), to: old)
                default:
                    throw ManifestError(path: "", reason: KubeAPI.unsupported)
                }
            } catch {
                if error.reason == KubeAPI.unsupported { throw .unsupportedPatch }
                throw .invalid(entry.descriptor, name, error)
            }
        }
    }

    func replace(_ entry: KindEntry, _ name: String, _ request: Request) -> Written {
        change(entry, name, request) { _ throws(KubeStatus) in try KubeAPI.document(request) }
    }

    func create(_ entry: KindEntry, _ request: Request) -> Written {
        written { () throws(KubeStatus) in
            let document = try KubeAPI.document(request)
            let name = document["metadata"]?["name"]?.string ?? ""
            guard KubeAPI.isName(name) else {
                throw .invalid(
                    entry.descriptor, name, field: "metadata.name", "a name has 1 to 253 visible characters, no slash")
            }
            let resource = try KubeAPI.read(document, entry, name)
            guard !request.isDryRun else { return Response(.created, body: resource.json()) }
            do throws(StoreError) {
                return Response(.created, body: try store.create(resource).json())
            } catch {
                throw KubeStatus(error, entry.descriptor, name)
            }
        }
    }

    func delete(_ entry: KindEntry, _ name: String, _ request: Request) -> Written {
        written { () throws(KubeStatus) in
            let key = ResourceKey(entry.descriptor.name, name)
            guard let resource = store.snapshot()[key] else { throw .notFound(entry.descriptor, name) }
            // The options of a delete come in its body, the dry run too.
            let options: JSONValue = request.body.isEmpty ? [:] : try KubeAPI.document(request)
            let uid = options["preconditions"]?["uid"]?.string ?? resource.metadata.uid
            guard uid == resource.metadata.uid else { throw .conflict(entry.descriptor, name) }
            if request.isDryRun || options["dryRun"]?.array?.contains("All") == true {
                return Response(body: resource.json())
            }
            do throws(StoreError) {
                return Response(body: try store.delete(key).json())
            } catch {
                throw KubeStatus(error, entry.descriptor, name)
            }
        }
    }

    private func written(_ body: () throws(KubeStatus) -> Response) -> Written {
        do throws(KubeStatus) { return .success(try body()) } catch { return .failure(error) }
    }

    /// Makes a new document from the present one and stores it, again when somebody else was faster and the client did
    /// not insist on a version.
    private func change(
        _ entry: KindEntry, _ name: String, _ request: Request,
        _ make: (JSONValue) throws(KubeStatus) -> JSONValue
    ) -> Written {
        written { () throws(KubeStatus) in
            for _ in 0..<KubeAPI.attempts {
                let key = ResourceKey(entry.descriptor.name, name)
                guard let current = store.snapshot()[key] else { throw .notFound(entry.descriptor, name) }
                let old = try KubeAPI.document(of: current)
                let new = try make(old)
                try check(new, from: old, entry, current)
                let resource = try KubeAPI.read(new, entry, name)
                guard !request.isDryRun else { return Response(body: resource.json()) }
                do throws(StoreError) {
                    let version = current.metadata.resourceVersion
                    return Response(body: try store.update(resource, part: .main, expecting: version).json())
                } catch .conflict where new["metadata"]?["resourceVersion"] == old["metadata"]?["resourceVersion"] {
                    continue
                } catch {
                    throw KubeStatus(error, entry.descriptor, name)
                }
            }
            throw .conflict(entry.descriptor, name)
        }
    }

    private func check(
        _ new: JSONValue, from old: JSONValue, _ entry: KindEntry, _ current: AnyResource
    ) throws(KubeStatus) {
        let metadata = new["metadata"]
        if let version = metadata?["resourceVersion"]?.string, !version.isEmpty,
            version != current.metadata.resourceVersion.description
        {
            throw .conflict(entry.descriptor, current.name)
        }
        if let uid = metadata?["uid"]?.string, !uid.isEmpty, uid != current.metadata.uid {
            throw .conflict(entry.descriptor, current.name)
        }
        guard let path = WritePolicy.offence(from: old, to: new, of: entry.descriptor) else { return }
        let writable = entry.descriptor.writablePaths.map { $0.joined(separator: ".") }.joined(separator: ", ")
        let field = path.joined(separator: ".")
        let rule = writable.isEmpty ? "only controllers write this kind" : "a user may only change \(writable)"
        throw .forbidden(entry.descriptor, current.name, "\(field) cannot be changed: \(rule)")
    }
}

extension KubeAPI {
    private static let unsupported = "unsupported"

    private static func document(_ request: Request) throws(KubeStatus) -> JSONValue {
        do throws(ManifestError) {
            let document = try JSONValue(parsing: request.body)
            guard document.object != nil else { throw ManifestError(path: "", reason: "must be an object") }
            return document
        } catch {
            throw KubeStatus(.badRequest, "the body is not a JSON document: \(error)")
        }
    }

    private static func document(of resource: AnyResource) throws(KubeStatus) -> JSONValue {
        do {
            return try resource.document()
        } catch {
            throw KubeStatus(.internalError, "\(resource.key) cannot be shown: \(error)")
        }
    }

    /// What the store sets is left to it; only its shape and values matter here.
    private static func read(_ document: JSONValue, _ entry: KindEntry, _ name: String) throws(KubeStatus)
        -> AnyResource
    {
        var members = document.object ?? [:]
        members["status"] = nil
        do throws(ManifestError) {
            let resource = try entry.read(.object(members))
            guard resource.name == name else {
                throw ManifestError(path: "/metadata/name", reason: "must be \"\(name)\", the name in the path")
            }
            return resource
        } catch {
            throw .invalid(entry.descriptor, name, error)
        }
    }

    private static func isName(_ name: String) -> Bool {
        (1...253).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "%") }
    }
}

extension KubeStatus {
    static func notCreatable(_ kind: KindDescriptor) -> KubeStatus {
        .methodNotAllowed("\(kind.qualifiedPlural) come from the revision; install a revision that has what you want")
    }

    static func notDeletable(_ kind: KindDescriptor, _ name: String) -> KubeStatus {
        .methodNotAllowed(
            "\(kind.qualifiedPlural) \"\(name)\" comes from the revision and goes with it; "
                + "to stop a container set its spec.run to Stopped")
    }
}

extension Request {
    var isDryRun: Bool { target.query.all("dryRun").contains("All") }
}
