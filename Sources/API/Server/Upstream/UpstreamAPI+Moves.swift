import JSON
import Model
import Store

/// Commands that move the device to a revision, and what else takes its time.
extension UpstreamAPI {
    /// Begins an attempt; it is remembered before it is answered, so that a runtime that dies now goes on with it.
    func move(to name: String, _ action: Rollout.Action) async -> Response {
        let snapshot = store.snapshot()
        if let refusal = refusal(ofRevision: name, in: snapshot) { return refusal }
        let failures = snapshot.get(Device.self, Device.selfName)?.status.failures ?? []
        // Who names a revision that failed wants it once more; the same content under another name is a mistake.
        let spec = Rollout.Spec(
            revision: name, action: action, retry: failures.contains { $0.revision == name })
        let attempt = Resource<Rollout>(name: MetadataRules.generate("\(Revision.resourceName(of: name))-"), spec: spec)
        do throws(StoreError) {
            try store.create(AnyResource(attempt))
            if await store.waitUntilRemembered(attempt.name, .seconds(10), pause: services.pause) {
                return UpstreamText.success
            }
            // Not remembered is not answered, and not done either.
            try store.delete(attempt.key)
        } catch {
            return UpstreamText.error(.internalError, "Internal error: \(error)")
        }
        return UpstreamText.tryAgain("The command could not be written down. Try again", after: 120)
    }

    private func refusal(ofRevision name: String, in snapshot: Snapshot) -> Response? {
        guard Revision.isName(name) else {
            return UpstreamText.error(.badRequest, "Command needs a revision like 3 or locals/x")
        }
        guard snapshot.get(Revision.self, Revision.resourceName(of: name)) != nil else {
            return UpstreamText.error(
                .notFound, "Revision \(name) does not exist; put it there with PUT /steps/locals/<name> first")
        }
        return nil
    }

    /// Makes a revision the factory revision, and moves the device to that.
    ///
    /// - Parameter name: empty = the one that runs.
    func makeFactory(of name: String) async -> Response {
        let snapshot = store.snapshot()
        let current = snapshot.get(Device.self, Device.selfName)?.status.currentRevision
        guard let source = name.isEmpty ? current : name else { return UpstreamText.notLoaded }
        if let refusal = refusal(ofRevision: source, in: snapshot) { return refusal }
        if let factory = snapshot.get(Revision.self, Revision.factory), let use = snapshot.use(of: factory) {
            return UpstreamText.error(
                .conflict,
                "Revision \(Revision.factory) cannot be replaced: \(use); run another revision and let it be committed first"
            )
        }
        guard source != Revision.factory else { return await move(to: source, .runCommit) }
        do {
            guard let state = try await services.steps.state(of: source) else { return UpstreamText.noResource }
            let message = snapshot.get(Revision.self, Revision.resourceName(of: source))?.spec.commitMessage
            try await keeper.put(
                .init(name: Revision.factory, state: state, commitMessage: message, isBootable: true))
        } catch let refusal as RevisionKeeper.Refusal {
            return refusal.response(Revision.factory)
        } catch is NoSpace {
            return UpstreamText.noSpace
        } catch {
            return UpstreamText.error(.internalError, "Factory revision cannot be written: \(error)")
        }
        return await move(to: Revision.factory, .runCommit)
    }

    /// Lets whoever works at the machine go on for so many seconds before it reboots.
    func deferReboot(_ text: String) async -> Response {
        guard let seconds = Int64(text), (0...86_400).contains(seconds) else {
            return UpstreamText.error(.badRequest, "Command needs a number of seconds from 0 to 86400")
        }
        let until = services.uptime() + .seconds(seconds)
        let response = modify(Device.self) { $0.spec.rebootNotBefore = until }
        guard response.status == .ok else { return response }
        let isKept = await store.wait(.seconds(10), on: [Device.descriptor.name], pause: services.pause) { snapshot in
            snapshot.get(Device.self, Device.selfName)?.status.journaledDeferral ?? .zero >= until
        }
        return isKept ? UpstreamText.success : UpstreamText.error(.internalError, "Internal error")
    }

    /// A setting by command, until the next start; answered when the journal has it.
    func set(_ key: String, to value: String) async -> Response {
        let response = modify(Config.self) { $0.spec.commands[key] = value }
        guard response.status == .ok else { return response }
        let isKept = await store.wait(.seconds(10), on: [Config.descriptor.name]) { snapshot in
            guard let config = snapshot.get(Config.self, Config.selfName) else { return false }
            return config.spec.commands[key] != value || config.status.journaled[key] == value
        }
        return isKept ? UpstreamText.success : UpstreamText.error(.internalError, "Internal error")
    }

    /// Sets device metadata: every member of a JSON object.
    func updateMetadata(_ payload: JSONValue) async -> Response {
        let bad = UpstreamText.error(.badRequest, "Command needs a JSON object of metadata")
        var document = payload
        if let text = payload.string {
            do throws(ManifestError) {
                document = try JSONValue(parsing: Array(text.utf8))
            } catch {
                return bad
            }
        }
        guard let members = document.object, !members.isEmpty else { return bad }
        var data = store.snapshot().get(DeviceMeta.self, DeviceMeta.selfName)?.spec.data ?? [:]
        for (key, value) in members {
            let text = value.string ?? String(decoding: value.compactBytes(), as: UTF8.self)
            if let problem = MetaSpec.problem(ofKey: key) ?? MetaSpec.problem(ofValue: text) {
                return UpstreamText.error(.badRequest, "Cannot add or update device meta: \(problem)")
            }
            data[key] = text
        }
        guard data.count <= MetaSpec.mostKeys else { return UpstreamText.noSpace }
        let wanted = data
        let response = modify(DeviceMeta.self) { $0.spec.data = wanted }
        guard response.status == .ok else { return response }
        let isSaved = await store.wait(.seconds(10), on: [DeviceMeta.descriptor.name]) { snapshot in
            let meta = snapshot.get(DeviceMeta.self, DeviceMeta.selfName)
            return members.keys.allSatisfy { meta?.status.saved[$0] == meta?.spec.data[$0] }
        }
        return isSaved ? UpstreamText.success : UpstreamText.error(.internalError, "Cannot add or update device meta")
    }

    // MARK: Collections

    private static let collectionLimit = Duration.seconds(600)

    /// A value that asks for one more collection.
    func collectionWish() -> String { MetadataRules.generate("\(services.now())-") }

    /// `POST /storage/gc`: answered when it is over.
    func collect(_ request: Request) -> Reply {
        let snapshot = store.snapshot()
        guard let storage = snapshot.get(Storage.self, Storage.selfName), storage.status.free != nil else {
            return .now(UpstreamText.error(.internalError, "Error running garbage collector"))
        }
        if request.target.query["dryRun"] == "All" { return .now(UpstreamAPI.describe(storage.status.garbage)) }
        let wish = collectionWish()
        let response = modify(Storage.self) { $0.spec.collect = wish }
        guard response.status == .ok else { return .now(response) }
        return .later {
            let isOver = await store.wait(Self.collectionLimit, on: [Storage.descriptor.name], pause: services.pause) {
                snapshot in
                snapshot.get(Storage.self, Storage.selfName)?.hasCollected(for: wish) ?? false
            }
            let reclaimed = store.snapshot().get(Storage.self, Storage.selfName)?.status.collection?.reclaimed
            guard isOver, let reclaimed else {
                return UpstreamText.error(.internalError, "Error running garbage collector")
            }
            // The space is upstream's.
            return Response(text: "{\"reclaimed\": \(reclaimed)}")
        }
    }

    private static func describe(_ garbage: Storage.Garbage) -> Response {
        var text = JSONText()
        text.raw("{\"reclaimed\": ")
        text.integer(garbage.bytes)
        text.raw(",\"objects\":")
        text.integer(garbage.objects)
        text.raw(",\"revisions\":")
        text.array(garbage.revisions) { $0.string($1) }
        text.raw("}")
        return Response(body: text.bytes)
    }
}

extension Resource<Storage> {
    /// Whether the collection that was asked for is over, or the one that somebody asked for since.
    fileprivate func hasCollected(for wish: String) -> Bool {
        let isHandled = status.handledWish == wish || (spec.collect != wish && status.handledWish == spec.collect)
        return isHandled && status.collection?.isOver == true
    }
}
