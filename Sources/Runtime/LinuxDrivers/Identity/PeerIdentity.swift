import CShims
package import Drivers
import Glibc

/// Who sits at the other end of a unix socket.
package enum Peer: Sendable, Hashable {
    case host
    /// A process of a container of this instance.
    case container(String)
}

/// Asks the kernel who opened a connection, without trusting anything the peer says (`spec/pv-ctrl-api.md` §1.1).
///
/// A pidfd holds the process while it is looked at, so that its number cannot become another's in between. The control
/// group names the container: this instance makes one for each and nobody else can enter it.
package struct PeerIdentity: Sendable {
    private static let operation = "IdentifyPeer"

    private let instance: InstanceName

    package init(layout: Layout) {
        instance = InstanceName(layout)
    }

    /// Throws when the peer has ended, or belongs to something that is neither this host nor this instance.
    package func identify(socket: Int32) throws(DriverError) -> Peer {
        let process = try Self.process(of: socket)
        let pid = try Self.number(of: process)
        guard let groups = Files.text("/proc/\(pid)/cgroup"), let space = Self.namespace(of: pid),
            !process.waitUntilReadable(milliseconds: 0)
        else { throw DriverError(Self.operation, "process \(pid)", "it has ended") }
        if let name = container(in: groups) { return .container(name) }
        guard space == Self.namespace(of: Int(getpid())) else {
            throw DriverError(Self.operation, "process \(pid)", "it belongs to a container that is not this device's")
        }
        return .host
    }

    private static func process(of socket: Int32) throws(DriverError) -> OwnedDescriptor {
        let direct = pv_peer_pidfd(socket)
        if direct >= 0 { return OwnedDescriptor(direct) }
        // Linux before 6.5: the number may have been given to another process since; its start would then be later
        // than the connection, which is as close as such a kernel lets anyone look.
        let pid = pv_peer_pid(socket)
        guard pid > 0, let process = OwnedDescriptor.process(Int(pid)) else {
            throw DriverError(operation, "socket \(socket)", errno: errno, "the peer has ended")
        }
        return process
    }

    /// The process number behind a pidfd, which the kernel tells only for a process that lives.
    private static func number(of process: OwnedDescriptor) throws(DriverError) -> Int {
        let lines = Files.text("/proc/self/fdinfo/\(process.number)")?.split(separator: "\n") ?? []
        let line = lines.first { $0.hasPrefix("Pid:") }
        guard let text = line?.split(whereSeparator: \.isWhitespace).last, let pid = Int(text), pid > 0 else {
            throw DriverError(operation, "pidfd \(process.number)", "the peer has ended, or hides in another namespace")
        }
        return pid
    }

    private static func namespace(of pid: Int) -> String? {
        var target = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/\(pid)/ns/pid", &target, target.count - 1)
        guard count > 0 else { return nil }
        return String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The container in lines like `4:memory:/pantavisor-0123456789abcdef/web/payload`.
    private func container(in groups: String) -> String? {
        for line in groups.split(separator: "\n") {
            guard let path = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last else {
                continue
            }
            let parts = path.split(separator: "/")
            guard let index = parts.firstIndex(of: instance.text[...]), index + 1 < parts.count else { continue }
            return String(parts[index + 1])
        }
        return nil
    }
}
