import Drivers
import Foundation
import Testing

@testable import LinuxDrivers

@Suite(.timeLimit(.minutes(1)), .serialized)
struct PeerIdentityTests {
    private let bench: LogBench
    private let peers: PeerIdentity
    private let listener: OwnedDescriptor
    private let directory: OwnedDescriptor

    init() throws {
        bench = try LogBench()
        let layout = bench.settings.layout
        peers = PeerIdentity(layout: layout)
        directory = try OwnedDescriptor.open(bench.directory, O_RDONLY | O_DIRECTORY, for: "Test")
        let listener = OwnedDescriptor(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        let bound = withSocketAddress(directory, "peer") { bind(listener.number, $0, $1) }
        try #require(bound == 0 && listen(listener.number, 8) == 0)
        self.listener = listener
    }

    /// A process that runs `prelude` in a shell, connects, and stays until its input ends.
    private func connect(_ prelude: String, stays: Bool = true, with command: [String] = []) throws -> Client {
        let process = Process()
        let input = Pipe()
        let program =
            "use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un($ARGV[0])) or die; "
            + (stays ? "<STDIN>" : "")
        let words = command + ["/bin/sh", "-c", "\(prelude) exec perl -e '\(program)' \(bench.directory)/peer"]
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.standardInput = input
        try process.run()
        let accepted = accept(listener.number, nil, nil)
        try #require(accepted >= 0)
        if !stays { process.waitUntilExit() }
        return Client(process: process, input: input, socket: OwnedDescriptor(accepted))
    }

    private struct Client {
        let process: Process
        let input: Pipe
        let socket: OwnedDescriptor

        func end() throws {
            try input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
    }

    @Test func `a process of the host is the host`() throws {
        let client = try connect("")
        #expect(try peers.identify(socket: client.socket.number) == .host)
        try client.end()
        try bench.remove()
    }

    @Test func `a peer that has ended is nobody`() throws {
        let client = try connect("", stays: false)
        let error = #expect(throws: DriverError.self) { _ = try peers.identify(socket: client.socket.number) }
        #expect(error?.operation == "IdentifyPeer")
        try bench.remove()
    }

    @Test(.enabled(if: geteuid() == 0, "needs root for control groups"))
    func `a process in a container's control group is that container, whatever it calls itself`() throws {
        let groups = try ControlGroups.discover()
        let instance = InstanceName(bench.settings.layout)
        let made = groups.directories(of: instance.payload("web")).filter { path in
            // One hierarchy is enough; in a cpuset no process may enter a group without processors.
            !path.contains("cpuset") && Files.isDirectory(String(path.dropLast(instance.payload("web").count)))
        }
        let group = try #require(made.first)
        try Files.makeDirectories(group)
        let client = try connect("echo $$ > \(group)/cgroup.procs;")
        #expect(try peers.identify(socket: client.socket.number) == .container("web"))
        // To another instance it is a process of this host.
        let other = PeerIdentity(layout: Layout(storage: "/s", run: "/somewhere/else"))
        #expect(try other.identify(socket: client.socket.number) == .host)
        try client.end()
        for path in [instance.payload("web"), instance.container("web"), instance.text] {
            for directory in groups.directories(of: path) { rmdir(directory) }
        }
        try bench.remove()
    }

    @Test(.enabled(if: geteuid() == 0, "needs root for a process namespace"))
    func `a process of somebody else's container is refused`() throws {
        let client = try connect("", with: ["/usr/bin/unshare", "--pid", "--fork", "--kill-child"])
        let error = #expect(throws: DriverError.self) { _ = try peers.identify(socket: client.socket.number) }
        #expect(error?.detail == "it belongs to a container that is not this device's")
        try client.end()
        try bench.remove()
    }
}
