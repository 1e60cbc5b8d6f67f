import Drivers
import Foundation
import Testing

@testable import LinuxDrivers

@Suite(.serialized, .enabled(if: Sandbox.canRun, Sandbox.skipped), .timeLimit(.minutes(2)))
struct LXCContainersTests {
    let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private static let sleeper = "trap 'exit 7' PWR; echo up; while :; do sleep 1000 & wait $!; done"

    @Test func `a container starts, stops with its halt signal, and leaves nothing behind`() async throws {
        let driver = try sandbox.containers()
        let run = try await driver.start(try sandbox.launch("web", Self.sleeper))
        #expect(try await driver.inspect("web") == run)
        #expect(try await driver.list() == ["web"])
        try await driver.stop("web", grace: .seconds(5))
        var exits = driver.exits.makeAsyncIterator()
        #expect(await exits.next() == ContainerExit(name: "web", run: run, code: 7, signal: nil))
        #expect(try await driver.inspect("web") == nil)
        #expect(try await driver.list() == [])
        #expect(try Leaks.now(sandbox) == Leaks())
        try sandbox.remove()
    }

    @Test func `a second driver adopts the container and learns its exit code`() async throws {
        let run = try await sandbox.containers().start(try sandbox.launch("web", Self.sleeper))
        let second = try sandbox.containers()
        #expect(try await second.inspect("web") == run)
        kill(pid_t(run.pid), SIGPWR)
        var exits = second.exits.makeAsyncIterator()
        #expect(await exits.next() == ContainerExit(name: "web", run: run, code: 7, signal: nil))
        let third = try sandbox.containers()
        #expect(try await third.inspect("web") == nil)
        var late = third.exits.makeAsyncIterator()
        #expect(await late.next() == ContainerExit(name: "web", run: run, code: 7, signal: nil))
        try await third.stop("web", grace: .zero)
        #expect(try Leaks.now(sandbox) == Leaks())
        try sandbox.remove()
    }

    @Test func `a missing init is a start error that says so`() async throws {
        let driver = try sandbox.containers()
        let launch = try sandbox.launch("web", "", initCommand: "/sbin/nope")
        let error = await #expect(throws: DriverError.self) { try await driver.start(launch) }
        #expect(error?.operation == "StartContainer")
        #expect(error?.detail.contains(#"Failed to exec "/sbin/nope""#) == true, "\(String(describing: error))")
        #expect(try await driver.list() == [])
        #expect(try Leaks.now(sandbox) == Leaks())
        try sandbox.remove()
    }

    @Test func `a bad line in the configuration is a start error that quotes it`() async throws {
        let driver = try sandbox.containers()
        let launch = try sandbox.launch("web", "", configuration: "lxc.nonsense = 1")
        let error = await #expect(throws: DriverError.self) { try await driver.start(launch) }
        #expect(error?.detail.contains("lxc.nonsense") == true, "\(String(describing: error))")
        try sandbox.remove()
    }

    @Test func `commands run inside with their output and exit code`() async throws {
        let driver = try sandbox.containers()
        _ = try await driver.start(try sandbox.launch("web", Self.sleeper))
        let session = try await driver.exec(
            ExecRequest(
                arguments: ["sh", "-c", "read line; echo $A $line; echo oops >&2; exit 5"], environment: ["A": "b"]),
            in: "web")
        try await session.write(Array("hello\n".utf8))
        var output: [ExecOutput] = []
        for await chunk in session.output { output.append(chunk) }
        #expect(Set(output) == [.standardOutput(Array("b hello\n".utf8)), .standardError(Array("oops\n".utf8))])
        #expect(try await session.exitCode() == 5)
        try await driver.stop("web", grace: .zero)
        try sandbox.remove()
    }

    @Test func `a container that reboots itself ends with signal 1`() async throws {
        let driver = try sandbox.containers()
        let run = try await driver.start(try sandbox.launch("web", "sleep 0.2; reboot -f"))
        var exits = driver.exits.makeAsyncIterator()
        #expect(await exits.next() == ContainerExit(name: "web", run: run, code: nil, signal: 1))
        try await driver.stop("web", grace: .zero)
        try sandbox.remove()
    }

    @Test func `the death of the monitor is the container's`() async throws {
        let driver = try sandbox.containers()
        let run = try await driver.start(try sandbox.launch("web", Self.sleeper))
        let monitor = try #require(ContainerRecords("web", layout: sandbox.layout).monitor)
        kill(pid_t(monitor.pid), SIGKILL)
        var exits = driver.exits.makeAsyncIterator()
        #expect(await exits.next() == ContainerExit(name: "web", run: run, code: nil, signal: nil))
        #expect(ContainerRecords("web", layout: sandbox.layout).initProcess?.isAlive == false)
        try await driver.stop("web", grace: .zero)
        #expect(try Leaks.now(sandbox) == Leaks())
        try sandbox.remove()
    }
}
