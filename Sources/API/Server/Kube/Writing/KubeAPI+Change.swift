import JSON
import Model
import Store

/// patch, replace and apply, where a user may.
extension KubeAPI {
    private static let attempts = 8

    /// How a new document is made from the present one.
    private enum Recipe {
        case merge(JSONValue)
        case operations(JSONValue)
        case apply(JSONValue)
        case whole(JSONValue)
    }

    func patch(_ entry: KindEntry, _ name: String, _ request: Request) throws(KubeStatus) -> Reply {
        let options = try WriteOptions(request.head)
        switch PatchType(mediaType: request.head.mediaType) {
        case .merge:
            let (document, warnings) = try KubeAPI.object(request, options)
            return try change(entry, name, .merge(document), options, warnings)
        case .operations:
            let (document, warnings) = try KubeAPI.document(request, options)
            return try change(entry, name, .operations(document), options, warnings)
        case .apply:
            return try apply(entry, name, request, options)
        case nil:
            throw .unsupportedPatch
        }
    }

    func replace(_ entry: KindEntry, _ name: String, _ request: Request) throws(KubeStatus) -> Reply {
        let options = try WriteOptions(request.head)
        let (document, warnings) = try KubeAPI.object(request, options)
        return try change(entry, name, .whole(document), options, warnings)
    }

    /// Server-side apply; clients send JSON, which is YAML.
    private func apply(
        _ entry: KindEntry, _ name: String, _ request: Request, _ options: WriteOptions
    ) throws(KubeStatus) -> Reply {
        guard request.target.query["fieldManager"] != nil else {
            throw KubeStatus(.badRequest, "an apply needs the query parameter fieldManager")
        }
        let (document, warnings) = try KubeAPI.object(request, options)
        guard store.snapshot()[ResourceKey(entry.descriptor.name, name)] == nil else {
            return try change(entry, name, .apply(document), options, warnings)
        }
        guard entry.descriptor.isUserCreatable else { throw .notFound(entry.descriptor, name) }
        let named = MergePatch.apply(["metadata": ["name": .string(name)]], to: document)
        return try create(entry, named, options, warnings, operation: .apply)
    }

    /// Makes a new document from the present one and stores it, again when somebody else was faster and the client did
    /// not insist on a version.
    private func change(
        _ entry: KindEntry, _ name: String, _ recipe: Recipe, _ options: WriteOptions, _ warnings: [String]
    ) throws(KubeStatus) -> Reply {
        for _ in 0..<KubeAPI.attempts {
            let key = ResourceKey(entry.descriptor.name, name)
            guard let current = store.snapshot()[key] else { throw .notFound(entry.descriptor, name) }
            let old = try KubeAPI.document(of: current)
            var owners = FieldOwnership(entry.descriptor, current.metadata.managedFields ?? [], at: services.now())
            let new = try make(recipe, from: old, options, entry, &owners)
            try check(new, entry, current)
            var draft = try draft(entry, new, replacing: (current, old), options, warnings: warnings)
            owners = own(owners, draft, old, recipe, options)
            var metadata = draft.resource.metadata
            metadata.managedFields = owners.entries
            draft.resource = draft.resource.with(metadata, statusOf: current)
            guard !options.isDryRun else { return .now(KubeAPI.response(.ok, draft.resource.json(), draft.warnings)) }
            do throws(StoreError) {
                let version = current.metadata.resourceVersion
                let written = try store.update(draft.resource, part: .main, expecting: version)
                return stored(written, KubeAPI.response(.ok, written.json(), draft.warnings))
            } catch .conflict where new["metadata"]?["resourceVersion"] == old["metadata"]?["resourceVersion"] {
                continue
            } catch {
                throw KubeStatus(error, entry.descriptor, name)
            }
        }
        throw .conflict(entry.descriptor, name)
    }

    /// Answers when it is safe; it may also have taken the last finalizer of what is being deleted.
    private func stored(_ resource: AnyResource, _ response: Response) -> Reply {
        guard let admission = services.admissions[resource.kind] else { return .now(response) }
        guard resource.metadata.isBeingDeleted, store.snapshot()[resource.key]?.uid != resource.uid else {
            return .later {
                await admission.settle(resource, in: store)
                return response
            }
        }
        return .later {
            let failure = await discard(resource, admission)
            return failure.status == .ok ? response : failure
        }
    }

    private func make(
        _ recipe: Recipe, from old: JSONValue, _ options: WriteOptions, _ entry: KindEntry,
        _ owners: inout FieldOwnership
    ) throws(KubeStatus) -> JSONValue {
        switch recipe {
        case .merge(let patch): return MergePatch.apply(patch, to: old)
        case .whole(let document): return document
        case .apply(let document):
            return try owners.apply(
                document.without("managedFields"), to: old, by: options.manager, isForced: options.isForced)
        case .operations(let patch):
            do throws(ManifestError) {
                return try JSONPatch.apply(patch, to: old)
            } catch {
                throw .invalid(entry.descriptor, old["metadata"]?["name"]?.string ?? "", [KubeStatus.Cause(error)])
            }
        }
    }

    /// A client may also rewrite who owns what, as kubectl does when it moves on to server-side apply.
    private func own(
        _ owners: FieldOwnership, _ draft: Draft, _ old: JSONValue, _ recipe: Recipe, _ options: WriteOptions
    ) -> FieldOwnership {
        if case .apply = recipe { return owners }
        let said = draft.resource.metadata.managedFields
        var owners = said.map { FieldOwnership(draft.resource.descriptor, $0, at: services.now()) } ?? owners
        owners.update(from: old, to: draft.document, by: options.manager)
        return owners
    }

    private func check(_ new: JSONValue, _ entry: KindEntry, _ current: AnyResource) throws(KubeStatus) {
        let metadata = new["metadata"]
        if let version = metadata?["resourceVersion"]?.string, !version.isEmpty,
            version != current.metadata.resourceVersion.description
        {
            throw .conflict(entry.descriptor, current.name)
        }
        if let uid = metadata?["uid"]?.string, !uid.isEmpty, uid != current.metadata.uid {
            throw .conflict(entry.descriptor, current.name)
        }
    }

    /// `…/status`: what was observed cannot be said by users, but operators store their own members there: those are
    /// left out, as for every kind whose members are known.
    func patchStatus(_ entry: KindEntry, _ name: String, _ request: Request) throws(KubeStatus) -> Reply {
        let options = try WriteOptions(request.head)
        let key = ResourceKey(entry.descriptor.name, name)
        guard let current = store.snapshot()[key] else { throw .notFound(entry.descriptor, name) }
        let old = try KubeAPI.document(of: current)
        let (document, warnings) = try KubeAPI.document(request, options)
        var owners = FieldOwnership(entry.descriptor, [], at: services.now())
        let recipe: Recipe =
            switch request.head.mediaType {
            case "application/json-patch+json": .operations(document)
            case "application/merge-patch+json": .merge(document)
            case "application/json": .whole(document)
            default: throw .unsupportedPatch
            }
        let new = try make(recipe, from: old, options, entry, &owners)
        try check(new, entry, current)
        var review = DocumentReview(isComplete: false)
        let status = review.members(["status": new["status"] ?? [:]], entry.fields())["status"]
        guard status == old["status"] else {
            throw .forbidden(entry.descriptor, name, "status is what was observed; only controllers write it")
        }
        let unknown = review.unknown.map { "unknown field \"\($0)\"" }
        if options.validation == .strict, !unknown.isEmpty {
            throw .invalid(
                entry.descriptor, name,
                review.unknown.map {
                    KubeStatus.Cause(.forbidden, "strict decoding error: unknown field \"\($0)\"", at: $0)
                })
        }
        return .now(KubeAPI.response(.ok, current.json(), warnings + (options.validation == .warn ? unknown : [])))
    }
}

extension KubeAPI {
    static func document(of resource: AnyResource) throws(KubeStatus) -> JSONValue {
        do {
            return try resource.document()
        } catch {
            throw KubeStatus(.internalError, "\(resource.key) cannot be shown: \(error)")
        }
    }

    private static let warningLimit = 16

    /// An answer with warnings that kubectl shows to its user.
    static func response(_ status: HTTPStatus, _ body: [UInt8], _ warnings: [String]) -> Response {
        var response = Response(status, body: body)
        response.extraHeaders = warnings.prefix(warningLimit).map { warning in
            // In a header's quoted string: one line of ASCII.
            let text = warning.utf8.prefix(512).reduce(into: "") { text, byte in
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text += "\\" }
                text.unicodeScalars.append((0x20..<0x7F).contains(byte) ? Unicode.Scalar(byte) : "?")
            }
            return Response.Header(name: "Warning", value: "299 - \"\(text)\"")
        }
        return response
    }
}

extension JSONValue {
    /// A document without one member of its metadata.
    fileprivate func without(_ member: String) -> JSONValue {
        MergePatch.apply(["metadata": .object([member: .null])], to: self)
    }
}
