package import Drivers
import Glibc

/// Small synchronous file operations, for threads that may block.
package enum Files {
    /// The content of a file, nil when there is none.
    ///
    /// Longer than `limit` is an error.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(DriverError) -> [UInt8]? {
        let number = retrying { open(path, O_RDONLY | O_CLOEXEC) }
        guard number >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .ofSystem("ReadFile", path)
        }
        let file = OwnedDescriptor(number)
        return try readAll(file, path, limit: limit)
    }

    static func readAll(_ file: OwnedDescriptor, _ path: String, limit: Int) throws(DriverError) -> [UInt8] {
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(file.number, &piece, piece.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .ofSystem("ReadFile", path)
            }
            if count == 0 { return content }
            content.append(contentsOf: piece[..<count])
            guard content.count <= limit else {
                throw DriverError("ReadFile", path, "is longer than the \(limit) bytes allowed here")
            }
        }
    }

    /// The text of a small file of the kernel or of ours; nil when it cannot be read.
    package static func text(_ path: String) -> String? {
        // An absent process or record is an answer here, not a failure.
        guard let bytes = try? read(path) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes into a file of the kernel (a control group's, a sysfs one).
    package static func poke(_ path: String, _ text: String) -> Bool {
        let number = open(path, O_WRONLY | O_CLOEXEC)
        guard number >= 0 else { return false }
        let file = OwnedDescriptor(number)
        return Glibc.write(file.number, text, text.utf8.count) == text.utf8.count
    }

    static func write(_ bytes: [UInt8], to file: OwnedDescriptor, _ path: String) throws(DriverError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file.number, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .ofSystem("WriteFile", path)
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Replaces a file as a whole; on tmpfs, where nothing has to be synced.
    package static func replace(_ path: String, with text: String, mode: UInt32 = 0o600) throws(DriverError) {
        let temporary = path + ".new"
        let file = try OwnedDescriptor.open(
            temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode, for: "WriteFile")
        try write(Array(text.utf8), to: file, temporary)
        guard rename(temporary, path) == 0 else { throw .ofSystem("WriteFile", path) }
    }

    /// Makes a directory and all above it.
    package static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(DriverError) {
        if mkdir(path, mode) == 0 { return }
        switch errno {
        case EEXIST:
            guard isDirectory(path) else {
                throw DriverError("MakeDirectory", path, errno: ENOTDIR, "something else of that name is in the way")
            }
        case ENOENT:
            let parent = parentDirectory(path)
            guard parent != path else { throw .ofSystem("MakeDirectory", path) }
            try makeDirectories(parent)
            guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .ofSystem("MakeDirectory", path) }
        default: throw .ofSystem("MakeDirectory", path)
        }
    }

    static func parentDirectory(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    package static func isDirectory(_ path: String) -> Bool { type(path) == S_IFDIR }
    static func isSocket(_ path: String) -> Bool { type(path) == S_IFSOCK }
    package static func exists(_ path: String) -> Bool { type(path) != nil }

    /// The file type bits of what a path leads to.
    private static func type(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Names in a directory, sorted; none when there is no such directory.
    package static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file or a whole tree without following links out of it.
    static func removeTree(_ path: String) throws(DriverError) {
        if unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR { return }
        guard errno == EISDIR || errno == EPERM else { throw .ofSystem("Remove", path) }
        for name in names(in: path) { try removeTree("\(path)/\(name)") }
        guard rmdir(path) == 0 || errno == ENOENT else { throw .ofSystem("Remove", path) }
    }

    /// Copies a tree with its modes; links are followed, as `cp -aL` does.
    static func copyTree(_ source: String, to target: String) throws(DriverError) {
        var status = stat()
        guard stat(source, &status) == 0 else { throw .ofSystem("CopyFile", source) }
        let mode = status.st_mode & 0o7777
        if status.st_mode & S_IFMT == S_IFDIR {
            try makeDirectories(target)
            for name in names(in: source) { try copyTree("\(source)/\(name)", to: "\(target)/\(name)") }
        } else {
            let from = try OwnedDescriptor.open(source, O_RDONLY, for: "CopyFile")
            let into = try OwnedDescriptor.open(target, O_WRONLY | O_CREAT | O_TRUNC, for: "CopyFile")
            try write(try readAll(from, source, limit: 1 << 28), to: into, target)
        }
        guard chmod(target, mode) == 0, lchown(target, status.st_uid, status.st_gid) == 0 else {
            throw .ofSystem("CopyFile", target)
        }
    }
}

extension Files {
    /// A path without links, as the mount table has it; the path itself while it does not exist.
    static func realPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
