package import Drivers
import Glibc

/// Objects and documents that come from outside, and objects that go there.
extension LinuxStorage {
    /// Begins to take an object; `reserved` bytes of the storage stay free.
    ///
    /// Throws ENOSPC when a size is given that does not fit.
    package func beginObject(size: Int64?, reserved: Int64) async throws(DriverError) -> Upload {
        try await beginUpload(in: layout.objects, size: size, reserved: reserved)
    }

    /// Begins to take a state document.
    package func beginState(size: Int64?, reserved: Int64) async throws(DriverError) -> Upload {
        try await beginUpload(in: layout.trails, size: size, reserved: reserved)
    }

    private func beginUpload(
        in directory: String, size: Int64?, reserved: Int64
    ) async throws(DriverError) -> Upload {
        let (space, threads) = (space, uploaders)
        return try await threads.run { () throws(DriverError) in
            space.keep(reserved)
            return try Upload(in: directory, size: size, space: space, threads: threads)
        }
    }

    /// Whether an object's bytes match its name, and how many there are; nil when there is none.
    package func check(_ object: String) async throws(DriverError) -> (isSound: Bool, size: Int64)? {
        let path = layout.object(object)
        return try await uploaders.run { () throws(DriverError) in
            do throws(DriverError) {
                let isSound = try SHA256Digest.ofFile(path) == object
                var found = stat()
                return stat(path, &found) == 0 ? (isSound, Int64(found.st_size)) : nil
            } catch {
                guard error.errno == ENOENT else { throw error }
                return nil
            }
        }
    }

    /// Puts a finished upload where an object belongs, also once more; from then on it survives a power cut.
    ///
    /// What was there was damaged: the revisions that have it get the new one.
    package func publish(_ upload: Upload, as object: String) async throws(DriverError) {
        let layout = layout
        try await uploaders.run { () throws(DriverError) in
            let pool = try Directory(layout.objects, for: "PublishObject")
            let old = pool.status(of: object)
            let (_, source) = split(upload.path)
            let link = "\(source)+"
            unlinkat(pool.descriptor, link, 0)
            guard linkat(pool.descriptor, source, pool.descriptor, link, 0) == 0,
                renameat(pool.descriptor, link, pool.descriptor, object) == 0
            else { throw .ofSystem("PublishObject", layout.object(object)) }
            // A rename between two links of one file does nothing.
            unlinkat(pool.descriptor, link, 0)
            guard fsync(pool.descriptor) == 0 else { throw .ofSystem("PublishObject", layout.objects) }
            guard let old, old.st_nlink > 1, let new = pool.status(of: object), new.st_ino != old.st_ino else { return }
            try Relinking(from: old, to: layout.object(object)).run(in: layout.trails)
        }
    }

    /// The bytes of an object, piece by piece; nil when there is none.
    package func pieces(of object: String) async throws(DriverError) -> FilePieces? {
        let (path, threads) = (layout.object(object), uploaders)
        return try await threads.run { () throws(DriverError) in
            let number = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
            guard number >= 0 else {
                guard errno == ENOENT else { throw .ofSystem("ReadObject", path) }
                return nil
            }
            posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL)
            return FilePieces(file: OwnedDescriptor(number), path: path, threads: threads)
        }
    }
}

/// A file's bytes in pieces, read when they are asked for.
package struct FilePieces: AsyncSequence, AsyncIteratorProtocol, Sendable {
    private static let size = 128 << 10

    let file: OwnedDescriptor
    let path: String
    let threads: Threads

    package func makeAsyncIterator() -> FilePieces { self }

    package func next() async throws -> [UInt8]? {
        try await threads.run { () throws(DriverError) in
            var length = 0
            let piece = [UInt8](unsafeUninitializedCapacity: Self.size) { buffer, count in
                repeat {
                    length = read(file.number, buffer.baseAddress, buffer.count)
                } while length < 0 && errno == EINTR
                count = Swift.max(length, 0)
            }
            guard length >= 0 else { throw .ofSystem("ReadObject", path) }
            return length == 0 ? nil : piece
        }
    }
}

/// Gives every directory that has a damaged file the sound one instead.
private struct Relinking {
    private static let operation = "Relink"

    private let old: stat
    private let file: String

    init(from old: stat, to file: String) {
        self.old = old
        self.file = file
    }

    func run(in path: String) throws(DriverError) {
        guard access(path, F_OK) == 0 else { return }
        try run(in: Directory(path, for: Self.operation))
    }

    private func run(in directory: borrowing Directory) throws(DriverError) {
        var hasChanged = false
        for name in try directory.entries(for: Self.operation) {
            guard let found = directory.status(of: name) else { continue }
            if found.st_mode & S_IFMT == S_IFDIR {
                try run(in: Directory("\(directory.path)/\(name)", for: Self.operation))
            } else if found.st_ino == old.st_ino, found.st_dev == old.st_dev {
                let new = ".\(name).new"
                unlinkat(directory.descriptor, new, 0)
                guard linkat(AT_FDCWD, file, directory.descriptor, new, 0) == 0,
                    renameat(directory.descriptor, new, directory.descriptor, name) == 0
                else { throw .ofSystem(Self.operation, "\(directory.path)/\(name)") }
                hasChanged = true
            }
        }
        if hasChanged, fsync(directory.descriptor) != 0 { throw .ofSystem(Self.operation, directory.path) }
    }
}
