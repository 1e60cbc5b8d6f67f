import CShims
package import Drivers
import Glibc
import Synchronization

/// A file that comes piece by piece: written, hashed and counted as it comes, under a name that nobody looks for.
///
/// For one caller at a time. Dropping it removes what is left of it.
package final class Upload: Sendable {
    private struct State {
        /// nil = the size is not known.
        var missing: Int64?
        var written: Int64 = 0
    }

    private static let operation = "Upload"
    /// Files that are being uploaded; a name with a dot in front is neither object nor revision.
    static let prefix = ".upload-"
    private static let numbers = Mutex(0)
    /// How much is written before the disk begins to.
    private static let writeback: Int64 = 4 << 20

    let path: String
    private let file: OwnedDescriptor
    private let digest: Mutex<SHA256Digest>
    private let state: Mutex<State>
    private let space: UploadSpace
    private let threads: Threads

    /// Throws ENOSPC when a size is given that does not fit.
    init(in directory: String, size: Int64?, space: UploadSpace, threads: Threads) throws(DriverError) {
        try Files.makeDirectories(directory, mode: 0o755)
        let number = Self.numbers.withLock { numbers in
            numbers += 1
            return numbers
        }
        path = "\(directory)/\(Self.prefix)\(getpid())-\(number)"
        try space.promise(size ?? 0)
        do throws(DriverError) {
            file = try OwnedDescriptor.open(
                path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644, for: Self.operation)
            digest = Mutex(try SHA256Digest.begin())
        } catch {
            space.release(size ?? 0)
            throw error
        }
        self.space = space
        self.threads = threads
        state = Mutex(State(missing: size))
    }

    deinit {
        space.release(state.withLock { $0.missing ?? 0 })
        unlink(path)
    }

    /// Throws ENOSPC when no more may be written.
    package func write(_ bytes: [UInt8]) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            let count = Int64(bytes.count)
            try self.space.check(count)
            try self.digest.withLock { digest throws(DriverError) in
                try bytes.withUnsafeBufferPointer { bytes throws(DriverError) in
                    try digest.update(UnsafeRawBufferPointer(bytes))
                }
            }
            try Files.write(bytes, to: self.file, self.path)
            let (before, after) = self.count(count)
            if before / Self.writeback != after / Self.writeback {
                // Only makes what follows faster.
                _ = pv_begin_writing(self.file.number, before / Self.writeback * Self.writeback, Self.writeback)
            }
        }
    }

    private func count(_ bytes: Int64) -> (before: Int64, after: Int64) {
        let (kept, range) = state.withLock { state in
            let kept = min(state.missing ?? 0, bytes)
            if let missing = state.missing { state.missing = missing - kept }
            defer { state.written += bytes }
            return (kept, (state.written, state.written + bytes))
        }
        space.release(kept)
        return range
    }

    package var size: Int64 { state.withLock(\.written) }

    /// Brings everything to the disk; the SHA-256 of it in lower-case hex.
    ///
    /// Nothing can be written afterwards.
    package func finish() async throws(DriverError) -> String {
        try await threads.run { () throws(DriverError) in
            guard fdatasync(self.file.number) == 0 else { throw .ofSystem(Self.operation, self.path) }
            return try self.digest.withLock { digest throws(DriverError) in try digest.finish() }
        }
    }

    /// All of it, at most `limit` bytes.
    package func content(limit: Int) async throws(DriverError) -> [UInt8] {
        try await threads.run { () throws(DriverError) in
            guard lseek(self.file.number, 0, SEEK_SET) == 0 else { throw .ofSystem(Self.operation, self.path) }
            return try Files.readAll(self.file, self.path, limit: limit)
        }
    }

    /// Removes what an earlier runtime left in a directory.
    static func clear(_ directory: String) throws(DriverError) {
        guard access(directory, F_OK) == 0 else { return }
        let directory = try Directory(directory, for: operation)
        for name in try directory.entries(for: operation) where name.hasPrefix(prefix) {
            try directory.remove(name, for: operation)
        }
    }
}

/// What uploads may take of a filesystem: two that are under way do not count on the same bytes.
final class UploadSpace: Sendable {
    private let path: String
    private let promised = Mutex<Int64>(0)
    private let reserved = Mutex<Int64>(0)

    init(path: String) {
        self.path = path
    }

    /// Bytes that must stay free.
    func keep(_ bytes: Int64) { reserved.withLock { $0 = bytes } }

    /// Keeps so many bytes for an upload, or throws ENOSPC.
    func promise(_ bytes: Int64) throws(DriverError) {
        let free = try free
        let fits = promised.withLock { promised in
            guard bytes <= free - promised else { return false }
            promised += bytes
            return true
        }
        if !fits { throw full(bytes) }
    }

    func release(_ bytes: Int64) { promised.withLock { $0 -= bytes } }

    /// Throws ENOSPC when so many bytes more would not fit.
    func check(_ bytes: Int64) throws(DriverError) {
        guard bytes <= (try free) else { throw full(bytes) }
    }

    private var free: Int64 {
        get throws(DriverError) {
            var found = statvfs()
            guard statvfs(path, &found) == 0 else { throw .ofSystem("Upload", path) }
            return Int64(found.f_bavail) * Int64(found.f_frsize) - reserved.withLock { $0 }
        }
    }

    private func full(_ bytes: Int64) -> DriverError {
        DriverError("Upload", path, errno: ENOSPC, "\(bytes) bytes do not fit")
    }
}
