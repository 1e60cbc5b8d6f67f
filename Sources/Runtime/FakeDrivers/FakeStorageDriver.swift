package import Drivers
package import JSON
import Model
import Synchronization

/// The storage layout in memory: files by path.
package struct FakeStorageDriver: StorageDriver {
    let world: FakeWorld
    let runtime: Int

    package func checkOut(_ trail: Trail) async throws(DriverError) -> [StoredObject] {
        let layout = world.layout
        return try await world.call("CheckOut", trail.revision, by: runtime) { state throws(DriverError) in
            var linked: Set<StoredObject> = []
            for (path, content) in trail.files.sorted(by: { $0.key < $1.key }) {
                let file = "\(layout.trail(trail.revision))/\(path)"
                switch content {
                case .object(let sha256):
                    guard let object = state.objects[sha256] else {
                        throw DriverError("CheckOut", file, errno: 2, "object \(sha256) is missing")
                    }
                    state.files[file] = Array(sha256.utf8)
                    linked.insert(StoredObject(name: sha256, size: object.size))
                case .document(let document): state.files[file] = document.compactBytes()
                }
            }
            return linked.sorted { $0.name < $1.name }
        }
    }

    package func markCurrent(_ revision: String) async throws(DriverError) {
        let path = "\(world.layout.trails)/current"
        try await world.call("MarkCurrent", revision, by: runtime) { state throws(DriverError) in
            state.files[path] = Array(revision.utf8)
        }
    }

    package func revisions() async throws(DriverError) -> [StoredRevision] {
        let layout = world.layout
        return try await world.call("ListRevisions", "", by: runtime) { state throws(DriverError) in
            state.revisions(in: layout)
        }
    }

    package func put(_ revision: NewRevision) async throws(DriverError) {
        let layout = world.layout
        try await world.call("PutRevision", revision.revision, by: runtime) { state throws(DriverError) in
            let name = revision.revision
            state.remove(revision: name, in: layout)
            for (path, content) in revision.content?.files ?? [:] {
                switch content {
                case .object(let sha256): state.files["\(layout.trail(name))/\(path)"] = Array(sha256.utf8)
                case .document(let document): state.files["\(layout.trail(name))/\(path)"] = document.compactBytes()
                }
            }
            state.files[layout.stateFile(name)] = revision.state
            state.files[layout.progress(of: name)] = revision.progress.document.compactBytes()
            if let message = revision.commitMessage {
                state.files[layout.commitMessage(of: name)] = Array(message.utf8)
            }
        }
    }

    package func removeRevision(_ revision: String) async throws(DriverError) {
        let layout = world.layout
        try await world.call(
            "RemoveRevision", revision, by: runtime,
            { state throws(DriverError) in
                state.remove(revision: revision, in: layout)
            },
            then: { [world] in
                world.tell("revision \(revision) is removed")
                if world.isNeeded(revision) { world.violate("revision \(revision) is removed although it is needed") }
            })
    }

    package func objects() async throws(DriverError) -> [StoredObject] {
        try await world.call("ListObjects", "", by: runtime) { state throws(DriverError) in
            state.objects.map { StoredObject(name: $0.key, size: $0.value.size) }.sorted { $0.name < $1.name }
        }
    }

    package func verify(_ object: String) async throws(DriverError) -> Bool {
        try await world.call("VerifyObject", object, by: runtime) { state throws(DriverError) in
            guard let found = state.objects[object] else {
                throw DriverError("VerifyObject", object, errno: 2, "there is no such object")
            }
            return !found.isDamaged
        }
    }

    package func capacity() async throws(DriverError) -> StorageCapacity {
        try await world.call("MeasureStorage", "", by: runtime) { state throws(DriverError) in
            let used = state.objects.values.reduce(0) { $0 + $1.size }
            return StorageCapacity(total: state.capacity.total, free: max(0, state.capacity.free - used))
        }
    }

    package func writeDurably(_ bytes: [UInt8], to path: String) async throws(DriverError) {
        try await world.call("WriteFile", path, by: runtime) { state throws(DriverError) in
            state.files[path] = bytes
        }
    }

    package func read(_ path: String, limit: Int) async throws(DriverError) -> [UInt8]? {
        try await world.call("ReadFile", path, by: runtime) { state throws(DriverError) in
            guard let bytes = state.files[path] else { return nil }
            guard bytes.count <= limit else {
                throw DriverError("ReadFile", path, errno: 27, "it is longer than \(limit) bytes")
            }
            return bytes
        }
    }

    package func remove(_ path: String) async throws(DriverError) {
        let object =
            path.hasPrefix(world.layout.objects + "/") ? String(path.dropFirst(world.layout.objects.count + 1)) : nil
        try await world.call(
            "Remove", path, by: runtime,
            { state throws(DriverError) in
                if let object { state.objects[object] = nil }
                state.files = state.files.filter { $0.key != path && !$0.key.hasPrefix(path + "/") }
            },
            then: { [world] in
                guard let object else { return }
                world.tell("object \(object.prefix(12)) is removed")
                if world.isObjectNeeded(object) { world.violate("object \(object) is removed although it is needed") }
            })
    }
}

/// A file of the object pool.
struct FakeObject: Sendable, Hashable {
    var size: Int64
    var isDamaged = false
}

extension FakeWorld.State {
    fileprivate mutating func remove(revision: String, in layout: Layout) {
        let trees = [
            layout.trail(revision), "\(layout.logs)/\(revision)", "\(layout.storage)/disks/rev/\(revision)",
        ]
        files = files.filter { file in !trees.contains { file.key.hasPrefix($0 + "/") } }
    }

    fileprivate func revisions(in layout: Layout) -> [StoredRevision] {
        let end = "/.pvr/json"
        return files.keys.filter { $0.hasPrefix(layout.trails + "/") && $0.hasSuffix(end) }.sorted().map { path in
            let name = String(path.dropFirst(layout.trails.count + 1).dropLast(end.count))
            return StoredRevision(
                revision: name, state: files[path] ?? [],
                commitMessage: files[layout.commitMessage(of: name)].map { String(decoding: $0, as: UTF8.self) },
                isDone: files[layout.done(name)] != nil,
                progress: files[layout.progress(of: name)], modified: Timestamp(seconds: 0))
        }
    }
}

extension FakeWorld {
    /// Puts a revision on the storage, as an upload would.
    package func store(_ state: JSONValue, as revision: String) {
        self.state.withLock { $0.files[layout.stateFile(revision)] = state.compactBytes() }
    }

    /// Marks a revision as one that was committed, and that the loader comes back to.
    package func commit(_ revision: String) {
        state.withLock { state in
            state.files[layout.done(revision)] = []
            state.files[layout.progress(of: revision)] = Array(
                #"{"status":"DONE","status-msg":"","progress":100}"#.utf8)
            state.boot.state = BootState(revision: revision)
            state.boot.booted = revision
        }
    }

    /// Marks a revision as one that was run and is over.
    package func finish(_ revision: String) {
        state.withLock { $0.files[layout.progress(of: revision)] = Array(#"{"status":"ERROR","progress":100}"#.utf8) }
    }

    /// Puts an object on the storage.
    package func addObject(_ name: String, size: Int64 = 4096, isDamaged: Bool = false) {
        state.withLock { $0.objects[name] = FakeObject(size: size, isDamaged: isDamaged) }
    }

    /// Somebody removed every object.
    package func loseObjects() { state.withLock { $0.objects = [:] } }

    /// Bytes of the filesystem, and those that are free beside the objects.
    package func setCapacity(total: Int64, free: Int64) {
        state.withLock { $0.capacity = StorageCapacity(total: total, free: free) }
    }

    package var objectNames: [String] { state.withLock { $0.objects.keys.sorted() } }

    package func file(_ path: String) -> [UInt8]? { state.withLock { $0.files[path] } }
}
