import CShims
import Drivers
import Glibc

/// Files and block devices of this kernel.
struct LinuxBootMedium: BootMedium {
    /// Whether a loader reads the storage without this kernel; false where Pantavisor is its own loader.
    let hasLoader: Bool

    func read(_ path: String, at offset: Int, count: Int) throws(DriverError) -> [UInt8]? {
        let number = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard number >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .ofSystem("ReadBootFile", path)
        }
        let file = OwnedDescriptor(number)
        // What is in memory only would prove nothing; what is written already leaves memory here.
        posix_fadvise(file.number, off_t(offset), off_t(count), POSIX_FADV_DONTNEED)
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { pread(file.number, $0 + done, count - done, off_t(offset + done)) } ?? 0
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .ofSystem("ReadBootFile", path) }
            if got == 0 { break }
            done += got
        }
        return Array(bytes.prefix(done))
    }

    func size(of path: String) throws(DriverError) -> Int? {
        let number = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard number >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .ofSystem("ReadBootFile", path)
        }
        let file = OwnedDescriptor(number)
        // Of a device, too.
        let end = lseek(file.number, 0, SEEK_END)
        guard end >= 0 else { throw .ofSystem("ReadBootFile", path) }
        return Int(end)
    }

    func names(in directory: String) throws(DriverError) -> [String] {
        guard Files.exists(directory) else { return [] }
        return try Directory(directory, for: "ReadBootFile").entries(for: "ReadBootFile")
    }

    func isSame(_ path: String, _ other: String) throws(DriverError) -> Bool {
        var (one, two) = (Glibc.stat(), Glibc.stat())
        guard stat(path, &one) == 0, stat(other, &two) == 0 else { return false }
        return one.st_ino == two.st_ino && one.st_dev == two.st_dev
    }

    func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) throws(DriverError) {
        let file = try OwnedDescriptor.open(path, O_WRONLY, for: "WriteBootFile")
        try write(bytes, to: file, path, at: offset)
    }

    func append(_ bytes: [UInt8], to path: String) throws(DriverError) {
        let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o644, for: "WriteBootFile")
        let end = lseek(file.number, 0, SEEK_END)
        guard end >= 0 else { throw .ofSystem("WriteBootFile", path) }
        try write(bytes, to: file, path, at: Int(end))
        if end == 0 { try syncDirectory(of: path) }
    }

    private func write(
        _ bytes: [UInt8], to file: OwnedDescriptor, _ path: String, at offset: Int
    ) throws(DriverError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { pwrite(file.number, $0 + done, bytes.count - done, off_t(offset + done)) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .ofSystem("WriteBootFile", path) }
            done += count
        }
        guard fsync(file.number) == 0 else { throw .ofSystem("WriteBootFile", path) }
    }

    func rename(_ path: String, to other: String) throws(DriverError) {
        guard Glibc.rename(path, other) == 0 else { throw .ofSystem("WriteBootFile", other) }
        try syncDirectory(of: other)
    }

    func remove(_ path: String) throws(DriverError) {
        guard Files.exists(path) else { return }
        try Files.removeTree(path)
        try syncDirectory(of: path)
    }

    func makeDirectories(_ path: String) throws(DriverError) {
        guard !Files.isDirectory(path) else { return }
        try Files.makeDirectories(path)
        try syncDirectory(of: path)
    }

    private func syncDirectory(of path: String) throws(DriverError) {
        let directory = Files.parentDirectory(path)
        let descriptor = try OwnedDescriptor.open(directory, O_RDONLY | O_DIRECTORY, for: "WriteBootFile")
        guard fsync(descriptor.number) == 0 else { throw .ofSystem("WriteBootFile", directory) }
    }

    func link(_ file: String, as name: String, in trail: String) throws(DriverError) {
        let root = try Directory(trail, for: "LinkBootFile")
        let source = file.split(separator: "/")
        let target = name.split(separator: "/")
        guard let sourceName = source.last.map(String.init), let targetName = target.last.map(String.init) else {
            throw DriverError("LinkBootFile", "\(trail)/\(file)", "not a file of this revision")
        }
        let from = try root.making(source.dropLast(), for: "LinkBootFile")
        let into = try root.making(target.dropLast(), for: "LinkBootFile")
        guard let found = from.status(of: sourceName), found.st_mode & S_IFMT == S_IFREG else {
            throw DriverError(
                "LinkBootFile", "\(trail)/\(file)", errno: ENOENT, "the revision has no such file; check it out again")
        }
        // Its content may still be in memory only, when whoever made it did not sync it.
        let content = openat(from.descriptor, sourceName, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard content >= 0 else { throw .ofSystem("LinkBootFile", "\(trail)/\(file)") }
        let owned = OwnedDescriptor(content)
        guard fsync(owned.number) == 0 else { throw .ofSystem("LinkBootFile", "\(trail)/\(file)") }
        if let present = into.status(of: targetName), present.st_ino == found.st_ino { return }
        let temporary = ".\(targetName).new"
        unlinkat(into.descriptor, temporary, 0)
        guard linkat(from.descriptor, sourceName, into.descriptor, temporary, 0) == 0,
            renameat(into.descriptor, temporary, into.descriptor, targetName) == 0,
            fsync(into.descriptor) == 0, fsync(root.descriptor) == 0
        else { throw .ofSystem("LinkBootFile", "\(trail)/\(name)") }
    }

    func settle(_ path: String) throws(DriverError) {
        guard hasLoader else { return }
        try Settling.settle(path)
    }

    func check(_ path: String) throws(DriverError) {
        guard hasLoader else { return }
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW, for: "CheckBootFile")
        switch pv_extents_are_plain(file.number) {
        case 1: return
        case 0:
            throw DriverError(
                "CheckBootFile", path, "a loader cannot read it: it is encrypted, or its blocks are not written")
        default:
            // A filesystem that cannot say where its files are.
            guard errno == EOPNOTSUPP || errno == ENOTTY else { throw .ofSystem("CheckBootFile", path) }
        }
    }
}
