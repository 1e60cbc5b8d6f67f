import Drivers
import Foundation
import Model
import Testing

@testable import LinuxDrivers

/// What a container gets of its host.
@Suite(.serialized, .enabled(if: Sandbox.canRun, Sandbox.skipped), .timeLimit(.minutes(2)))
struct LXCFeatureTests {
    private static let sleeper = "while :; do sleep 1000 & wait $!; done"

    let bench: LinuxBench
    var sandbox: Sandbox { bench.sandbox }
    var layout: Layout { bench.layout }

    init() throws { bench = try LinuxBench() }

    @Test func `an exported directory is visible on the host while the container runs`() async throws {
        let driver = try sandbox.containers()
        var launch = try sandbox.launch("web", Self.sleeper)
        launch.exports = ["/srv/share"]
        _ = try await driver.start(launch)
        #expect(try await run("echo hi > /srv/share/note", in: driver) == "")
        let file = "\(layout.exports)/web/srv/share/note"
        #expect(try Files.read(file) == Array("hi\n".utf8))
        umount2("\(layout.exports)/web/srv/share", 0)
        _ = try await sandbox.containers().start(launch)
        #expect(try Files.read(file) == Array("hi\n".utf8))
        try await driver.stop("web", grace: .zero)
        #expect(!Files.exists(layout.exports))
        try bench.tearDown()
    }

    @Test func `the configuration overlay is the topmost layer`() async throws {
        let driver = try sandbox.containers()
        var launch = try sandbox.launch("web", Self.sleeper)
        let overlay = "\(layout.trails)/0/_config/web"
        try sandbox.make("\(overlay)/etc")
        try Data("laid over\n".utf8).write(to: URL(fileURLWithPath: "\(overlay)/etc/motd"))
        launch.configOverlay = overlay
        _ = try await driver.start(launch)
        #expect(try await run("cat /etc/motd", in: driver) == "laid over\n")
        try await driver.stop("web", grace: .zero)
        #expect(Files.names(in: layout.configOverlays) == [])
        try bench.tearDown()
    }

    @Test func `a root filesystem from an image starts`() async throws {
        let driver = try sandbox.containers()
        let mounts = LinuxMounts(threads: Threads())
        let launch = try sandbox.launch("web", Self.sleeper)
        let image = try bench.image(of: "\(sandbox.directory)/root")
        let root = layout.mountPoint(container: "web", volume: "root.squashfs")
        _ = try await mounts.mount(.image(file: image, filesystem: "squashfs"), at: root)
        let upper = layout.mountPoint(container: "web", volume: "lxc-overlay")
        _ = try await mounts.mount(.memory(maximumBytes: nil), at: upper)
        let configuration = "\(launch.directory)/\(launch.configFile)"
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
            .replacingOccurrences(
                of: "overlayfs:\(sandbox.directory)/root:", with: "overlayfs:/volumes/web/root.squashfs:")
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
        _ = try await driver.start(launch)
        #expect(try await run("echo new > /made; cat /made", in: driver) == "new\n")
        try await driver.stop("web", grace: .zero)
        for target in try await mounts.list(under: layout.volumes) { try await mounts.unmount(target) }
        try bench.tearDown()
    }

    @Test func `a container finds the socket that the next runtime makes`() async throws {
        let driver = try sandbox.containers()
        let first = try makeSocket()
        let plain = try await driver.start(try sandbox.launch("plain", Self.sleeper, roles: []))
        let privileged = try await driver.start(try sandbox.launch("boss", Self.sleeper, roles: [.mgmt]))
        #expect([plain, privileged].map(socketSeen) == [first, first])
        #expect(!Files.exists("/proc/\(plain.pid)/root/pantavisor/lxc"))
        let second = try makeSocket()
        #expect(second != first)
        try NobodyDirectory.refresh(layout)
        #expect([plain, privileged].map(socketSeen) == [second, second])
        for name in ["plain", "boss"] { try await driver.stop(name, grace: .zero) }
        try bench.tearDown()
    }

    @Test func `programs of the mount hooks' directory see the root filesystem`() async throws {
        let hooks = "\(sandbox.directory)/hooks_lxc-mount.d"
        try sandbox.make(hooks)
        for (name, mode) in [("20-second", 0o755), ("10-first", 0o755), ("30-not", 0o644), ("40 odd;name", 0o755)] {
            let script = "#!/bin/sh\necho \(name.prefix(2)) $1 $2 $3 >> $LXC_ROOTFS_MOUNT/hooked\n"
            try Data(script.utf8).write(to: URL(fileURLWithPath: "\(hooks)/\(name)"))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(hooks)/\(name)")
        }
        let driver = try sandbox.containers(LXCContainers.Options(hooks: hooks))
        _ = try await driver.start(try sandbox.launch("web", Self.sleeper))
        #expect(try await run("cat /hooked", in: driver) == "10 web lxc mount\n20 web lxc mount\n")
        try await driver.stop("web", grace: .zero)
        try bench.tearDown()
    }

    @Test func `a mount hook that fails keeps the container from starting`() async throws {
        let hooks = "\(sandbox.directory)/hooks_lxc-mount.d"
        try sandbox.make(hooks)
        try Data("#!/bin/sh\nexit 3\n".utf8).write(to: URL(fileURLWithPath: "\(hooks)/10-no"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(hooks)/10-no")
        let driver = try sandbox.containers(LXCContainers.Options(hooks: hooks))
        let error = await #expect(throws: DriverError.self) {
            _ = try await driver.start(try sandbox.launch("web", Self.sleeper))
        }
        #expect(
            error?.detail.hasPrefix("Script exited with status 3; Failed to run mount hooks") == true,
            "\(error?.detail ?? "")")
        try bench.tearDown()
    }

    @Test func `a console that is written to without end is rotated by its writer`() async throws {
        let driver = try sandbox.containers(LXCContainers.Options(consoleLimit: 5000))
        let script = "i=0; while [ $i -lt 300 ]; do echo line $i of the console; i=$((i+1)); done; kill -TERM $$"
        let launch = try sandbox.launch("web", script)
        let run = try await driver.start(launch)
        for await exit in driver.exits where exit.run == run { break }
        let console = "\(launch.logs)/lxc/console.log"
        let rotated = Files.text(console + ".1") ?? ""
        let last = Files.text(console) ?? ""
        #expect(rotated.utf8.count == 4096)
        #expect((rotated + last).hasSuffix("line 299 of the console\r\n"))
        try await driver.stop("web", grace: .zero)
        try bench.tearDown()
    }

    @Test func `a command gets a terminal when it asks for one`() async throws {
        let driver = try sandbox.containers()
        _ = try await driver.start(try sandbox.launch("web", Self.sleeper))
        let script = "test -t 0 && test -t 1 && echo terminal; exit 3"
        let session = try await driver.exec(ExecRequest(arguments: ["sh", "-c", script], terminal: true), in: "web")
        #expect(await text(of: session) == "terminal\r\n")
        #expect(try await session.exitCode() == 3)
        try await driver.stop("web", grace: .zero)
        try bench.tearDown()
    }

    @Test func `a cancelled command is killed`() async throws {
        let driver = try sandbox.containers()
        _ = try await driver.start(try sandbox.launch("web", Self.sleeper))
        let session = try await driver.exec(
            ExecRequest(arguments: ["sh", "-c", "echo up; exec sleep 1000"]), in: "web")
        var output = session.output.makeAsyncIterator()
        #expect(await output.next() == .standardOutput(Array("up\n".utf8)))
        session.cancel()
        #expect(try await session.exitCode() == 137)
        try await driver.stop("web", grace: .zero)
        try bench.tearDown()
    }

    @Test func `commands that do not read their input hold up nobody`() async throws {
        // As the runtime does: a command that ends before its input must not end us.
        signal(SIGPIPE, SIG_IGN)
        let driver = try sandbox.containers()
        _ = try await driver.start(try sandbox.launch("web", Self.sleeper))
        var sessions: [any ExecSession] = []
        for _ in 0..<5 {
            sessions.append(try await driver.exec(ExecRequest(arguments: ["sleep", "1000"]), in: "web"))
        }
        let writers = sessions.map { session in
            Task { try await session.write(Array(repeating: 0, count: 1_000_000)) }
        }
        #expect(try await driver.usage()["web"] != nil)
        for session in sessions { session.cancel() }
        for writer in writers { await #expect(throws: DriverError.self) { try await writer.value } }
        try await driver.stop("web", grace: .zero)
        try bench.tearDown()
    }

    @Test func `two runtimes on one directory are refused`() throws {
        let first = try InstanceLock(layout)
        let error = #expect(throws: DriverError.self) { _ = try InstanceLock(layout) }
        #expect(error?.operation == "LockInstance")
        #expect(error?.detail.contains("process \(getpid()) ") == true)
        withExtendedLifetime(first) {}
        try bench.tearDown()
    }

    /// What a shell script inside the container writes.
    private func run(_ script: String, in driver: LXCContainers) async throws -> String {
        let session = try await driver.exec(ExecRequest(arguments: ["sh", "-c", script]), in: "web")
        return await text(of: session)
    }

    private func text(of session: any ExecSession) async -> String {
        var bytes: [UInt8] = []
        for await chunk in session.output {
            switch chunk {
            case .standardOutput(let part), .standardError(let part): bytes += part
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes the control socket anew, as a runtime that starts does; its inode.
    private func makeSocket() throws -> UInt64 {
        let path = layout.controlSocket
        let made = path + ".made"
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: made.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        try #require(rename(made, path) == 0)
        return inode(path)
    }

    private func socketSeen(by run: RunningContainer) -> UInt64 { inode("/proc/\(run.pid)/root/pantavisor/pv-ctrl") }

    private func inode(_ path: String) -> UInt64 {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : 0
    }
}
