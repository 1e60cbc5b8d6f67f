import Logging
import Model
import Store

/// `/objects` (`spec/pv-ctrl-api.md` §3.4, §5).
extension UpstreamAPI {
    static let badObjectName = UpstreamText.error(.badRequest, "Request has bad object name")
    /// How long an object that is being removed is waited for.
    private static let removalLimit = Duration.seconds(30)
    private static let attempts = 5
    private static let objectIsBusy = UpstreamText.tryAgain("Object is being removed. Try again", after: 1)

    func objects() -> Response {
        listed(objectList, needsState: false) { snapshot in
            let all = snapshot.all(Object.self).filter { !$0.metadata.isBeingDeleted }.sorted { $0.name < $1.name }
            var text = JSONText(capacity: 2 + all.count * 100)
            text.array(all) { text, object in
                text.raw("{\"sha256\":")
                text.string(object.name)
                text.raw(",\"size\":")
                text.string(String(object.spec.size))
                text.raw("}")
            }
            return text.bytes
        }
    }

    func object(_ name: String) -> Reply {
        guard name.isObjectName else { return .now(Self.badObjectName) }
        return .stream(contentType: "application/octet-stream") {
            guard let pieces = try await services.blobs.pieces(of: name) else {
                throw Refusal(response: Self.badObjectName)
            }
            return pieces
        }
    }

    /// Takes an object; what is there already and sound is only let pass.
    func putObject(_ name: String, _ head: Request.Head, _ body: IncomingBody) async -> Response {
        do {
            if let known = try await services.blobs.check(name), known.isSound {
                return try await keep(name, known.size, body)
            }
            let upload = try await services.blobs.receive(size: head.bodySize, reserved: reservedSpace)
            while let piece = try await body.next() { try await upload.write(piece) }
            guard try await upload.finish() == name else {
                return UpstreamText.error(.unprocessable, "Object has bad checksum")
            }
            return try await publish(upload, as: name)
        } catch is NoSpace {
            return UpstreamText.noSpace
        } catch {
            log.warning("an object could not be taken", metadata: ["object": "\(name)", "why": "\(error)"])
            return UpstreamText.error(.internalError, "Object cannot be stored: \(error)")
        }
    }

    /// Bytes of the storage that uploads must leave free.
    var reservedSpace: Int64 {
        store.snapshot().get(Storage.self, Storage.selfName)?.status.reserved ?? 0
    }

    /// It is there: its resource says so before the client goes on, and protects it from now on.
    private func keep(_ name: String, _ size: Int64, _ body: IncomingBody) async throws -> Response {
        guard try note(name, size, isNew: false) else { return Self.objectIsBusy }
        while try await body.next() != nil {}
        guard let object = store.snapshot().get(Object.self, name), !object.metadata.isBeingDeleted else {
            return Self.objectIsBusy
        }
        return UpstreamText.success
    }

    /// A collection may be at the same object: what it removes afterwards is put there again.
    private func publish(_ upload: any BlobUpload, as name: String) async throws -> Response {
        for _ in 0..<Self.attempts {
            let isFree = await store.wait(Self.removalLimit, on: [Object.descriptor.name], pause: services.pause) {
                snapshot in
                snapshot.get(Object.self, name)?.metadata.isBeingDeleted != true
            }
            guard isFree else { break }
            try await upload.publish(as: name)
            if try note(name, upload.size, isNew: true) { return UpstreamText.success }
        }
        return Self.objectIsBusy
    }

    /// Makes the resource say that the object was uploaded.
    ///
    /// - Parameter isNew: whether the file is another one than before.
    /// - Returns: false when it is being removed.
    private func note(_ name: String, _ size: Int64, isNew: Bool) throws(StoreError) -> Bool {
        let now = services.uptime()
        do throws(StoreError) {
            let known = try store.modify(Object.self, name, part: .main) { object in
                guard isNew, !object.metadata.isBeingDeleted else { return }
                object.spec.size = size
                object.spec.uploads += 1
            }
            guard !known.metadata.isBeingDeleted else { return false }
            let noted = try store.modify(Object.self, name, part: .status) { $0.status.uploadedAt = now }
            return !noted.metadata.isBeingDeleted
        } catch .notFound {
            return try create(.stored(name, size: size, uploadedAt: now))
        } catch {
            throw error
        }
    }

    /// False when somebody else was faster, who may be removing it by now.
    private func create(_ object: Resource<Object>) throws(StoreError) -> Bool {
        do throws(StoreError) {
            try store.create(AnyResource(object))
            return true
        } catch .alreadyExists {
            return false
        } catch {
            throw error
        }
    }
}

extension Request.Head {
    /// Bytes of the body; nil when it ends where its last chunk does.
    var bodySize: Int64? { isChunked ? nil : Int64(contentLength ?? 0) }
}
