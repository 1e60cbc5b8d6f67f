import Drivers
import Glibc

/// An open directory below which paths are walked part by part, never through a symbolic link: what a revision names
/// cannot lead out of its trail.
struct Directory: ~Copyable {
    let descriptor: Int32
    let path: String

    init(_ path: String, for operation: String) throws(DriverError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        self.path = path
        guard descriptor >= 0 else { throw .ofSystem(operation, path) }
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    /// Opens a directory below this one, making what is missing on the way, to stay after a power cut when `isDurable`.
    func making(
        _ parts: some Sequence<Substring>, isDurable: Bool = false, for operation: String
    ) throws(DriverError) -> Directory {
        var current = Directory(descriptor: fcntl(descriptor, F_DUPFD_CLOEXEC, 0), path: path)
        guard current.descriptor >= 0 else { throw .ofSystem(operation, path) }
        for part in parts {
            let name = String(part)
            let next = "\(current.path)/\(name)"
            if mkdirat(current.descriptor, name, 0o755) == 0 {
                if isDurable, fsync(current.descriptor) != 0 { throw .ofSystem(operation, current.path) }
            } else if errno != EEXIST {
                throw .ofSystem(operation, next)
            }
            let opened = openat(current.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard opened >= 0 else { throw .ofSystem(operation, next, "not a directory of this revision") }
            current = Directory(descriptor: opened, path: next)
        }
        return current
    }

    /// What lies at a name, or nil; a link itself, not what it points to.
    func status(of name: String) -> stat? {
        var result = stat()
        return fstatat(descriptor, name, &result, AT_SYMLINK_NOFOLLOW) == 0 ? result : nil
    }

    /// The content of a file, nil when there is none.
    func read(_ name: String, limit: Int, for operation: String) throws(DriverError) -> [UInt8]? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw .ofSystem(operation, "\(path)/\(name)")
        }
        defer { close(file) }
        return try readAll(file, "\(path)/\(name)", limit: limit, for: operation)
    }

    /// Replaces a file so that it has either the old or the new content, also after a power cut when `isDurable`.
    func replace(_ name: String, with bytes: [UInt8], isDurable: Bool, for operation: String) throws(DriverError) {
        let temporary = ".\(name).new"
        let whole = "\(path)/\(name)"
        unlinkat(descriptor, temporary, 0)
        let file = openat(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .ofSystem(operation, whole) }
        defer { close(file) }
        do throws(DriverError) {
            try writeAll(bytes, to: file, whole, for: operation)
            if isDurable, fsync(file) != 0 { throw .ofSystem(operation, whole) }
            guard renameat(descriptor, temporary, descriptor, name) == 0 else { throw .ofSystem(operation, whole) }
            if isDurable, fsync(descriptor) != 0 { throw .ofSystem(operation, path) }
        } catch {
            unlinkat(descriptor, temporary, 0)
            throw error
        }
    }

    /// Removes whatever lies at a name, with all below it.
    func remove(_ name: String, for operation: String) throws(DriverError) {
        guard let found = status(of: name) else { return }
        guard found.st_mode & S_IFMT == S_IFDIR else {
            guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
                throw .ofSystem(operation, "\(path)/\(name)")
            }
            return
        }
        let opened = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else { throw .ofSystem(operation, "\(path)/\(name)") }
        let inner = Directory(descriptor: opened, path: "\(path)/\(name)")
        for entry in try inner.entries(for: operation) { try inner.remove(entry, for: operation) }
        guard unlinkat(descriptor, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
            throw .ofSystem(operation, "\(path)/\(name)")
        }
    }

    /// The names in this directory, without `.` and `..`, in order.
    func entries(for operation: String) throws(DriverError) -> [String] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw .ofSystem(operation, path) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

private func readAll(
    _ file: Int32, _ path: String, limit: Int, for operation: String
) throws(DriverError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(file, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw .ofSystem(operation, path) }
        if count == 0 { return bytes }
        bytes += chunk.prefix(count)
        guard bytes.count <= limit else {
            throw DriverError(operation, path, errno: EFBIG, "longer than the limit of \(limit) bytes")
        }
    }
}

private func writeAll(
    _ bytes: [UInt8], to file: Int32, _ path: String, for operation: String
) throws(DriverError) {
    var offset = 0
    while offset < bytes.count {
        let count = bytes.withUnsafeBytes { write(file, $0.baseAddress?.advanced(by: offset), bytes.count - offset) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw .ofSystem(operation, path) }
        offset += count
    }
}
