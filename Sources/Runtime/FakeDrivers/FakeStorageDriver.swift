package import Drivers
import JSON
import Model
import Synchronization

/// The storage layout in memory: files by path.
package struct FakeStorageDriver: StorageDriver {
    let world: FakeWorld
    let runtime: Int

    package func checkOut(_ trail: Trail) async throws(DriverError) {
        let layout = world.layout
        try await world.call("CheckOut", trail.revision, by: runtime) { state throws(DriverError) in
            for (path, content) in trail.files.sorted(by: { $0.key < $1.key }) {
                let file = "\(layout.trail(trail.revision))/\(path)"
                switch content {
                case .object(let sha256):
                    guard state.objects?.contains(sha256) ?? true else {
                        throw DriverError("CheckOut", file, errno: 2, "object \(sha256) is missing")
                    }
                    state.files[file] = Array(sha256.utf8)
                case .document(let document): state.files[file] = document.compactBytes()
                }
            }
        }
    }

    package func markCurrent(_ revision: String) async throws(DriverError) {
        let path = "\(world.layout.trails)/current"
        try await world.call("MarkCurrent", revision, by: runtime) { state throws(DriverError) in
            state.files[path] = Array(revision.utf8)
        }
    }

    package func revisions() async throws(DriverError) -> [StoredRevision] {
        try await world.call("ListRevisions", "", by: runtime) { state throws(DriverError) in state.revisions }
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
        try await world.call("Remove", path, by: runtime) { state throws(DriverError) in
            state.files = state.files.filter { $0.key != path && !$0.key.hasPrefix(path + "/") }
        }
    }
}

extension FakeWorld {
    /// A revision that is stored before the runtime starts.
    package func store(_ revision: StoredRevision) {
        state.withLock { $0.revisions.append(revision) }
    }

    /// The only objects there are; before this is said, every object is there.
    package func setObjects(_ objects: Set<String>) {
        state.withLock { $0.objects = objects }
    }
}
