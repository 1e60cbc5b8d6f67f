package import Drivers
import Glibc
import Model

/// Objects, the space they lie on, and what goes away with a revision.
extension LinuxStorage {
    /// Directories that are being removed; a name with a dot in front is no revision.
    private static let removed = ".removed-"

    package func put(_ revision: NewRevision) async throws(DriverError) {
        let layout = layout
        try await threads.run { () throws(DriverError) in try NewTrail(revision, in: layout).run() }
    }

    package func removeRevision(_ revision: String) async throws(DriverError) {
        let layout = layout
        try await threads.run { () throws(DriverError) in
            let trails = try Directory(layout.trails, for: "RemoveRevision")
            let grave = Self.removed + String(revision.map { $0 == "/" ? "." : $0 })
            try trails.remove(grave, for: "RemoveRevision")
            if renameat(trails.descriptor, revision, trails.descriptor, grave) != 0, errno != ENOENT {
                throw .ofSystem("RemoveRevision", layout.trail(revision))
            }
            // From here on it is gone, also after a power cut; the rest is only space.
            guard fsync(trails.descriptor) == 0 else { throw .ofSystem("RemoveRevision", layout.trails) }
            try trails.remove(grave, for: "RemoveRevision")
            for place in ["\(layout.logs)/\(revision)", "\(layout.storage)/disks/rev/\(revision)"] {
                let (directory, name) = split(place)
                guard access(directory, F_OK) == 0 else { continue }
                try Directory(directory, for: "RemoveRevision").remove(name, for: "RemoveRevision")
            }
        }
    }

    /// Finishes what a power cut interrupted.
    package func clearLeftovers() async throws(DriverError) {
        let layout = layout
        try await threads.run { () throws(DriverError) in
            try Upload.clear(layout.objects)
            try Upload.clear(layout.trails)
            guard access(layout.trails, F_OK) == 0 else { return }
            let trails = try Directory(layout.trails, for: "ClearLeftovers")
            try NewTrail.recover(in: trails)
            for name in try trails.entries(for: "ClearLeftovers") where name.hasPrefix(Self.removed) {
                try trails.remove(name, for: "ClearLeftovers")
            }
        }
    }

    package func objects() async throws(DriverError) -> [StoredObject] {
        let path = layout.objects
        return try await threads.run { () throws(DriverError) in
            guard access(path, F_OK) == 0 else { return [] }
            let pool = try Directory(path, for: "ListObjects")
            return try pool.entries(for: "ListObjects").filter(\.isObjectName).compactMap { name in
                guard let found = pool.status(of: name), found.st_mode & S_IFMT == S_IFREG else { return nil }
                return StoredObject(name: name, size: Int64(found.st_size))
            }
        }
    }

    package func verify(_ object: String) async throws(DriverError) -> Bool {
        try await digest(of: layout.object(object)) == object
    }

    /// The SHA-256 of a file, in lower-case hex.
    package func digest(of path: String) async throws(DriverError) -> String {
        try await readers.run { () throws(DriverError) in try SHA256Digest.ofFile(path) }
    }

    package func capacity() async throws(DriverError) -> StorageCapacity {
        let (storage, reserve) = (layout.storage, reserve)
        return try await threads.run { () throws(DriverError) in
            var found = statvfs()
            guard statvfs(storage, &found) == 0 else { throw .ofSystem("MeasureStorage", storage) }
            let block = Int64(found.f_frsize)
            let capacity = StorageCapacity(
                total: Int64(found.f_blocks) * block, free: Int64(found.f_bavail) * block)
            try reserve.renew(free: capacity.free)
            return capacity
        }
    }
}
