import CShims
package import Drivers
import Glibc

/// The sockets that one container, or the host, logs to.
///
/// Each container has its own, in a directory that nobody else sees: which socket a message comes from says whose it is,
/// also when its sender has ended by the time it is read.
package enum LogSockets {
    private static let operation = "MakeLogSockets"
    /// As they lie in the directory, in this order.
    static let names = ["log", "pv-ctrl-log", "pv-fd-log"]

    /// Makes them anew in a directory: one for datagrams, as syslog(3) wants `/dev/log`, and two for streams.
    static func make(in path: String) throws(DriverError) -> [OwnedDescriptor] {
        try Files.makeDirectories(path)
        let directory = try OwnedDescriptor.open(path, Int32(PV_PLACE_ONLY) | O_DIRECTORY, for: operation)
        var sockets: [OwnedDescriptor] = []
        for (index, name) in names.enumerated() {
            let type = index == 0 ? SOCK_DGRAM : SOCK_STREAM
            let made = try localSocket(type, SOCK_NONBLOCK.rawValue, for: operation)
            // Everybody in the container may log.
            try bindSocket(made, directory, name, mode: 0o666, for: operation)
            guard index == 0 || listen(made.number, 64) == 0 else { throw .ofSystem(operation, path) }
            sockets.append(made)
        }
        return sockets
    }

    /// Upstream's names of the sockets, beside the directory that each container has its own of.
    static func link(in directory: String, _ names: [String]) throws(DriverError) {
        try Files.makeDirectories(directory)
        for name in names {
            let target = "log-sockets/\(name)"
            var known = [CChar](repeating: 0, count: 128)
            let length = readlink("\(directory)/\(name)", &known, known.count)
            if length > 0, known.prefix(length).elementsEqual(target.utf8.map { CChar(bitPattern: $0) }) { continue }
            let temporary = "\(directory)/.\(name).\(pthread_self()).new"
            _ = unlink(temporary)
            guard symlink(target, temporary) == 0, rename(temporary, "\(directory)/\(name)") == 0 else {
                throw .ofSystem(operation, "\(directory)/\(name)")
            }
        }
    }

    /// Makes a container's sockets and hands them to the log server, before the container starts.
    ///
    /// The log server may be down: they wait for it in its queue, and what is sent to them waits in theirs. Without any
    /// (`layout.logControl` does not exist) there is nothing to log to, and false.
    static func provide(for container: String, _ layout: Layout) throws(DriverError) -> Bool {
        guard Files.isSocket(layout.logControl) else { return false }
        try link(in: layout.run, ["pv-ctrl-log", "pv-fd-log"])
        try link(in: layout.nobody, ["pv-ctrl-log"])
        let sockets = try make(in: layout.logSockets(of: container))
        let directory = try OwnedDescriptor.open(layout.logServer, Int32(PV_PLACE_ONLY) | O_DIRECTORY, for: operation)
        let connection = try localSocket(SOCK_SEQPACKET, for: operation)
        let text = Array("sockets \(container)".utf8)
        let numbers = sockets.map(\.number)
        let connected = withSocketAddress(directory, "control") { connect(connection.number, $0, $1) }
        // Left behind by a Pantavisor that had a log server.
        if connected != 0, errno == ECONNREFUSED { return false }
        guard connected == 0,
            pv_send_descriptors(connection.number, text, text.count, numbers, Int32(numbers.count)) == text.count
        else { throw .ofSystem(operation, layout.logControl, "the log server cannot be told of \(container)") }
        withExtendedLifetime(sockets) {}
        return true
    }
}

/// A listening socket of packets, for the supervisor: it outlives each log server.
package func listenForLogControl(_ layout: Layout) throws(DriverError) -> OwnedDescriptor {
    let operation = "OpenLogControl"
    try Files.makeDirectories(layout.logServer, mode: 0o700)
    let directory = try OwnedDescriptor.open(layout.logServer, Int32(PV_PLACE_ONLY) | O_DIRECTORY, for: operation)
    let listener = try localSocket(SOCK_SEQPACKET, for: operation)
    try bindSocket(listener, directory, "control", mode: 0o600, for: operation)
    guard listen(listener.number, 256) == 0 else { throw .ofSystem(operation, layout.logControl) }
    return listener
}

private func localSocket(
    _ type: __socket_type, _ flags: UInt32 = 0, for operation: String
) throws(DriverError) -> OwnedDescriptor {
    let number = socket(AF_UNIX, Int32(type.rawValue | SOCK_CLOEXEC.rawValue | flags), 0)
    guard number >= 0 else { throw .ofSystem(operation, "socket") }
    return OwnedDescriptor(number)
}

private func bindSocket(
    _ socket: OwnedDescriptor, _ directory: OwnedDescriptor, _ name: String, mode: mode_t, for operation: String
) throws(DriverError) {
    unlinkat(directory.number, name, 0)
    let bound = withSocketAddress(directory, name) { bind(socket.number, $0, $1) }
    guard bound == 0, fchmodat(directory.number, name, mode, 0) == 0 else { throw .ofSystem(operation, name) }
}

/// The address of a socket in an open directory: short, however long the directory's own path is.
func withSocketAddress<Result>(
    _ directory: OwnedDescriptor, _ name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
        $0.copyBytes(from: "/proc/self/fd/\(directory.number)/\(name)".utf8.prefix($0.count - 1))
    }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
    }
}

extension Layout {
    /// What the log server keeps on tmpfs.
    ///
    /// Containers do not see it, not even those with the mgmt role.
    package var logServer: String { "\(run)/log-server" }
    package var logControl: String { "\(logServer)/control" }
    package var logBriefing: String { "\(logServer)/briefing.json" }
    package func logSockets(of container: String) -> String { "\(logServer)/containers/\(container)" }
    /// The host's own sockets; in a container, its own are mounted over them.
    package var hostLogSockets: String { "\(run)/log-sockets" }
}
