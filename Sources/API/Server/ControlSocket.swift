import Glibc

/// Why the control socket could not be made.
package enum SocketFailure: Error, Equatable, CustomStringConvertible {
    /// Longer than the 107 bytes the kernel takes.
    case pathTooLong(String)
    /// Another instance answers there.
    case inUse(String)
    case system(call: String, path: String, errno: Int32)

    package var description: String {
        switch self {
        case .pathTooLong(let path): "socket path \(path) is longer than 107 bytes; choose a shorter run directory"
        case .inUse(let path): "another instance answers on \(path); stop it first"
        case .system(let call, let path, let errno): "\(call) \(path): \(String(cString: strerror(errno)))"
        }
    }
}

/// A listening unix socket in the file system.
///
/// It is bound under another name and renamed, so that there is no moment without a socket that answers, and everyone
/// may connect: who the caller is the kernel says, not the file's mode.
struct ControlSocket {
    let path: String
    let descriptor: Int32
    private let inode: ino_t

    /// Connections that wait to be accepted; the kernel turns away what comes after.
    private static let backlog: Int32 = 1024

    init(at path: String) throws(SocketFailure) {
        let temporary = "\(path).new"
        guard temporary.utf8.count <= 107 else { throw .pathTooLong(temporary) }
        guard !ControlSocket.answers(path) else { throw .inUse(path) }
        unlink(temporary)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", path: path, errno: errno) }
        do throws(SocketFailure) {
            inode = try ControlSocket.publish(descriptor, as: temporary, then: path)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
    }

    private static func publish(
        _ descriptor: Int32, as temporary: String, then path: String
    ) throws(SocketFailure) -> ino_t {
        func check(_ result: Int32, _ call: String) throws(SocketFailure) {
            guard result == 0 else { throw .system(call: call, path: path, errno: errno) }
        }
        try check(withAddress(temporary) { bind(descriptor, $0, $1) }, "bind")
        try check(chmod(temporary, 0o666), "chmod")
        try check(listen(descriptor, backlog), "listen")
        var facts = stat()
        try check(lstat(temporary, &facts), "stat")
        try check(rename(temporary, path), "rename")
        return facts.st_ino
    }

    /// Undoes what taking over the descriptor did: it listens again, with room for 128.
    func restoreBacklog() {
        listen(descriptor, ControlSocket.backlog)
    }

    /// Removes the file, unless it is somebody else's by now.
    ///
    /// The descriptor belongs to the server.
    func unpublish() {
        var facts = stat()
        guard lstat(path, &facts) == 0, facts.st_ino == inode else { return }
        unlink(path)
    }

    /// Whether somebody accepts connections there.
    private static func answers(_ path: String) -> Bool {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { Glibc.close(probe) }
        return withAddress(path) { connect(probe, $0, $1) } == 0
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
