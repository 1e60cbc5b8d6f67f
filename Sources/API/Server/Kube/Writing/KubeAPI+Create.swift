import JSON
import Model
import Store
import Synchronization

/// create and delete, of kinds that users create.
extension KubeAPI {
    func create(_ entry: KindEntry, _ request: Request) throws(KubeStatus) -> Reply {
        let options = try WriteOptions(request.head)
        let (document, warnings) = try KubeAPI.object(request, options)
        return try create(entry, document, options, warnings, operation: .update)
    }

    func create(
        _ entry: KindEntry, _ document: JSONValue, _ options: WriteOptions, _ warnings: [String],
        operation: FieldManager.Operation
    ) throws(KubeStatus) -> Reply {
        let kind = entry.descriptor
        let document = services.admissions[kind.name]?.complete(named(document)) ?? named(document)
        var draft = try draft(entry, document, replacing: nil, options, warnings: warnings)
        let key = draft.resource.key
        guard store.snapshot()[key] == nil else { throw .alreadyExists(kind, key.name) }
        var owners = FieldOwnership(kind, [], at: services.now())
        switch operation {
        case .update: owners.update(from: [:], to: document, by: options.manager)
        case .apply: _ = try owners.apply(document, to: [:], by: options.manager, isForced: false)
        }
        var metadata = draft.resource.metadata
        metadata.managedFields = owners.entries
        metadata.finalizers += services.admissions[kind.name]?.finalizers ?? []
        draft.resource = draft.resource.with(metadata)
        guard !options.isDryRun else {
            return .now(KubeAPI.response(.created, rehearsal(of: draft.resource), draft.warnings))
        }
        guard let admission = services.admissions[kind.name] else { return .now(try store(draft)) }
        guard pending.begin(key) else { throw .alreadyExists(kind, key.name) }
        return .later { [draft] in
            defer { pending.end(key) }
            return await persist(draft, admission)
        }
    }

    private func named(_ document: JSONValue) -> JSONValue {
        let metadata = document["metadata"]
        guard metadata?["name"]?.string?.isEmpty ?? true, let prefix = metadata?["generateName"]?.string else {
            return document
        }
        return MergePatch.apply(["metadata": ["name": .string(MetadataRules.generate(prefix))]], to: document)
    }

    private func store(_ draft: Draft) throws(KubeStatus) -> Response {
        do throws(StoreError) {
            return KubeAPI.response(.created, try store.create(draft.resource).json(), draft.warnings)
        } catch {
            throw KubeStatus(error, draft.resource.descriptor, draft.resource.name)
        }
    }

    /// It lasts before it is told of; what could not be stored after all is taken back.
    private func persist(_ draft: Draft, _ admission: any ResourceAdmission) async -> Response {
        let resource = draft.resource
        do {
            try await admission.persist(resource)
        } catch {
            return KubeStatus(
                .internalError, "\(resource.descriptor.qualifiedPlural) \"\(resource.name)\" cannot be kept: \(error)",
                about: .resource(resource.descriptor, resource.name)
            ).response
        }
        do throws(KubeStatus) {
            let response = try store(draft)
            await admission.settle(resource, in: store)
            return response
        } catch {
            // What is left behind is found and shown at the next start.
            try? await admission.discard(resource)
            return error.response
        }
    }

    func delete(_ entry: KindEntry, _ name: String, _ request: Request) throws(KubeStatus) -> Reply {
        var options = try WriteOptions(request.head)
        let asked = request.body.isEmpty ? [:] : try KubeAPI.object(request, options).0
        try options.take(deleteOptions: asked)
        let (kind, key) = (entry.descriptor, ResourceKey(entry.descriptor.name, name))
        guard let resource = store.snapshot()[key] else { throw .notFound(kind, name) }
        let version = try preconditions(asked, resource)
        let policy = asked["propagationPolicy"]?.string ?? request.target.query["propagationPolicy"] ?? "Background"
        guard ["Background", "Foreground"].contains(policy) else {
            throw KubeStatus(
                .badRequest, "propagationPolicy must be Background or Foreground: what a resource owns goes with it")
        }
        let admission = services.admissions[kind.name]
        do throws(AdmissionRefusal) {
            try admission?.reviewDeletion(of: resource, in: store.snapshot())
        } catch {
            throw KubeStatus(error, kind, name)
        }
        guard !options.isDryRun else { return .now(.deleted(resource)) }
        do throws(StoreError) {
            let last = try store.delete(key, expecting: version)
            guard let admission, store.snapshot()[key] == nil else { return .now(deleted(last)) }
            return .later { await discard(last, admission) }
        } catch {
            throw KubeStatus(error, kind, name)
        }
    }

    private func preconditions(_ options: JSONValue, _ resource: AnyResource) throws(KubeStatus) -> ResourceVersion {
        let wanted = options["preconditions"]
        guard wanted?["uid"]?.string ?? resource.uid == resource.uid else {
            throw .conflict(resource.descriptor, resource.name)
        }
        guard let text = wanted?["resourceVersion"]?.string else { return .none }
        guard let number = UInt64(text), ResourceVersion(number) == resource.version else {
            throw .conflict(resource.descriptor, resource.name)
        }
        return resource.version
    }

    func discard(_ resource: AnyResource, _ admission: any ResourceAdmission) async -> Response {
        do {
            try await admission.discard(resource)
            return .deleted(resource)
        } catch {
            return KubeStatus(
                .internalError,
                "\(resource.descriptor.qualifiedPlural) \"\(resource.name)\" is gone until the next start, but its "
                    + "files cannot be removed: \(error)"
            ).response
        }
    }

    /// What waits for finalizers is shown; kubectl waits then.
    private func deleted(_ resource: AnyResource) -> Response {
        guard store.snapshot()[resource.key]?.uid == resource.uid else { return .deleted(resource) }
        return Response(body: resource.json())
    }
}

extension Response {
    fileprivate static func deleted(_ resource: AnyResource) -> Response {
        let document: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
            "details": [
                "name": .string(resource.name), "group": .string(resource.descriptor.group),
                "kind": .string(resource.descriptor.plural), "uid": .string(resource.uid),
            ],
        ]
        return Response(body: document.compactBytes())
    }
}

/// Resources that are being made last: a name is taken from the moment its first author is heard.
final class PendingCreations: Sendable {
    private let keys = Mutex<Set<ResourceKey>>([])

    func begin(_ key: ResourceKey) -> Bool { keys.withLock { $0.insert(key).inserted } }
    func end(_ key: ResourceKey) { keys.withLock { _ = $0.remove(key) } }
}
