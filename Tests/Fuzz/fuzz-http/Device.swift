import APIServer
import Dispatch
import Glibc
import Logging
import Model
import Store
import Synchronization

/// A server over a small device; storage is memory, and what would wait for something does not.
final class Device: Sendable {
    static let current = Mutex<Device?>(nil)

    let path = "/tmp/pv-fuzz-\(getpid())"
    let callers = Callers()
    private let server: APIServer
    private let saving: Task<Void, any Error>
    private let count = Atomic(0)

    var uses: Int {
        get { count.load(ordering: .relaxed) }
        set { count.store(newValue, ordering: .relaxed) }
    }

    init() {
        let now = Timestamp(seconds: 1_800_000_000)
        let ids = Atomic(0)
        let store = ResourceStore(
            firstVersion: ResourceVersion(1000), now: { now },
            uid: { "uid-\(ids.add(1, ordering: .relaxed).newValue)" })
        let storage = Storage()
        var services = Services(
            callers: callers, steps: storage, blobs: storage, revisions: storage, version: "1.2.3", buildInfo: "fuzz",
            now: { now }, pause: { _ in try await Task.sleep(for: .milliseconds(1)) },
            uptime: { Instant(milliseconds: 60_000) })
        services.admissions[Revision.descriptor.name] = RevisionAdmission(storage)
        let logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
        let server = APIServer(store: store, services: services, logger: logger)
        self.server = server
        saving = Task.detached { try await Device.save(in: store) }
        let path = path
        do {
            try Device.fill(store)
        } catch {
            preconditionFailure("the device cannot be made: \(error)")
        }
        Device.wait {
            do {
                try await server.start(at: path)
            } catch {
                preconditionFailure("the server does not start: \(error)")
            }
        }
    }

    func stop() {
        let server = server
        saving.cancel()
        Device.wait { await server.stop() }
    }

    private static func wait(for work: @escaping @Sendable () async -> Void) {
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            await work()
            done.signal()
        }
        done.wait()
    }

    /// What the controllers of metadata do, for a storage that takes everything.
    private static func save(in store: ResourceStore) async throws {
        for await _ in try store.changes(WatchOptions(kinds: [UserMeta.descriptor.name, DeviceMeta.descriptor.name])) {
            try store.modify(UserMeta.self, "self", part: .status) { $0.status.saved = $0.spec.data }
            try store.modify(DeviceMeta.self, "self", part: .status) { $0.status.saved = $0.spec.data }
        }
    }

    private static func fill(_ store: ResourceStore) throws {
        try store.create(AnyResource(Resource<Model.Device>(name: "self", spec: .init(), status: .init())))
        try store.create(AnyResource(Resource<Group>(name: "app", spec: .init(order: 0), status: .init())))
        for (order, name) in ["web", "guest"].enumerated() {
            var status = Container.Status()
            status.phase = .started
            status.process = .running
            status.pid = 100 + order
            let spec = Container.Spec(
                revision: "1", order: order, group: "app", roles: name == "web" ? [.mgmt] : [.nobody])
            try store.create(AnyResource(Resource<Container>(name: name, spec: spec, status: status)))
        }
        try store.create(AnyResource(Resource<UserMeta>(name: "self", spec: .init(), status: .init())))
        try store.create(AnyResource(Resource<DeviceMeta>(name: "self", spec: .init(), status: .init())))
    }
}

/// Whoever the input says: a container, somebody unknown, or the host.
final class Callers: CallerIdentifier {
    private let caller = Mutex(Caller.host)

    func become(_ name: String?) {
        caller.withLock { $0 = name.map { $0 == "unknown" ? .unknown : .container($0) } ?? .host }
    }

    func identify(_ descriptor: Int32) -> Caller { caller.withLock { $0 } }
}

/// Objects and revisions in memory, at most so many.
final class Storage: BlobStore, RevisionWriter, StepSource {
    private struct Content {
        var objects: [String: [UInt8]] = [:]
        var drafts: [String: RevisionDraft] = [:]
    }

    private let content = Mutex(Content())

    func check(_ name: String) async throws -> BlobCheck? {
        content.withLock { $0.objects[name].map { BlobCheck(isSound: true, size: Int64($0.count)) } }
    }

    func pieces(of name: String) async throws -> (any AsyncSequence<[UInt8], any Error> & Sendable)? {
        guard let bytes = content.withLock({ $0.objects[name] }) else { return nil }
        return AsyncThrowingStream { stream in
            stream.yield(bytes)
            stream.finish()
        }
    }

    func receive(size: Int64?, reserved: Int64) async throws -> any BlobUpload {
        guard size ?? 0 < 1_000_000 else { throw NoSpace() }
        return Upload(self)
    }

    func receive(size: Int64?, reserved: Int64) async throws -> any FileUpload {
        let upload: any BlobUpload = try await receive(size: size, reserved: reserved)
        return upload
    }

    func write(_ draft: RevisionDraft) async throws { content.withLock { $0.drafts[draft.revision] = draft } }

    func write(commitMessage: String, of revision: String) async throws {
        content.withLock { $0.drafts[revision]?.commitMessage = commitMessage }
    }

    func remove(_ revision: String) async throws { content.withLock { $0.drafts[revision] = nil } }

    func steps() async throws -> [Step] {
        content.withLock { content in
            content.drafts.values.map {
                Step(
                    name: $0.revision, date: Timestamp(seconds: 1_800_000_000), commitMessage: $0.commitMessage,
                    progress: Array("{}".utf8))
            }
        }
    }

    func state(of revision: String) async throws -> [UInt8]? { content.withLock { $0.drafts[revision]?.state } }
    func progress(of revision: String) async throws -> [UInt8]? { Array(#"{"status":"DONE"}"#.utf8) }

    private final class Upload: BlobUpload {
        private let storage: Storage
        private let bytes = Mutex<[UInt8]>([])

        init(_ storage: Storage) { self.storage = storage }

        var size: Int64 { Int64(bytes.withLock { $0.count }) }

        func write(_ more: [UInt8]) async throws {
            try bytes.withLock { bytes in
                guard bytes.count + more.count < 1_000_000 else { throw NoSpace() }
                bytes += more
            }
        }

        /// What an object begins with, 64 letters, counts as its checksum.
        func finish() async throws -> String { bytes.withLock { String(decoding: $0.prefix(64), as: UTF8.self) } }

        func content(limit: Int) async throws -> [UInt8] {
            let bytes = bytes.withLock { $0 }
            guard bytes.count <= limit else { throw NoSpace() }
            return bytes
        }

        func publish(as name: String) async throws {
            let bytes = bytes.withLock { $0 }
            storage.content.withLock { $0.objects[name] = bytes }
        }
    }
}
