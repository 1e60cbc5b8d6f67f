import Glibc
import Model
import Testing

@testable import PVControl

/// The tool against the real server.
struct DeviceTests {
    private func run(_ line: String) async throws -> CommandLineRun {
        let server = try await DeviceServer()
        let run = await CommandLineRun.pvcontrol(line.split(separator: " ").map(String.init), socket: server.path)
        await server.stop()
        return run
    }

    @Test(arguments: [
        ("get ct -o name", "container/db\ncontainer/web\n"),
        ("get ct -l app=web -o name", "container/web\n"),
        ("get ct --field-selector metadata.name=db -o jsonpath={.items[0].status.lastExit.code}", "3\n"),
        ("get ct --sort-by=.status.restarts -o name", "container/web\ncontainer/db\n"),
        ("get grp app -o jsonpath={.status.membersReached}", "1\n"),
        ("logs web --tail 3 --source lxc", "web lxc 3 false\n"),
        ("logs ct/db -f", "db console all true\n"),
        ("version", "Client: \(PVControl.version)\nServer: 1.2.3\n"),
        (
            "explain device/self",
            """
            device/self is Converging: 1 of its groups are not at their goal
            └─ group/app is not at its goal: 1 of 2 members are at STARTED
               └─ container/db is not at its goal: it is RECOVERING, its goal is STARTED
                  └─ it waits for its next start (retry 0)
                     └─ it exited with code 3

            Cause:  it exited with code 3
            Remedy: pvcontrol logs db

            """
        ),
    ])
    func `a command prints what the device is`(line: String, expected: String) async throws {
        #expect(try await run(line) == CommandLineRun(code: 0, output: expected, errors: ""))
    }

    @Test(arguments: [
        "get all", "get ct,grp,vol,rev,dev", "get events", "describe ct", "api-resources", "ls", "groups ls",
    ])
    func `a command finds the server it was written for`(line: String) async throws {
        let run = try await run(line)
        #expect(run.code == 0)
        #expect(run.errors.isEmpty || run.errors == "No resources found.\n")
    }

    @Test func `tables of the real server are shown`() async throws {
        let run = try await run("get ct")
        #expect(
            run.output == """
                NAME   READY   STATUS       GROUP   GOAL      RESTARTS   AGE
                db     false   RECOVERING   app     STARTED          1   0s
                web    true    STARTED      app     STARTED          0   0s

                """)
    }

    @Test func `a command is run inside a container`() async throws {
        let server = try await DeviceServer()
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        try #require(write(ends[1], "hello", 5) == 5)
        close(ends[1])
        let run = await CommandLineRun.pvcontrol(
            ["exec", "web", "--", "sh", "-c", "a b"], socket: server.path, input: ends[0])
        close(ends[0])
        #expect(run == CommandLineRun(code: 5, output: "HELLO", errors: "sh|-c|a b"))
        let missing = await CommandLineRun.pvcontrol(["exec", "nope", "--", "sh"], socket: server.path)
        #expect(
            missing
                == CommandLineRun(
                    code: 1, output: "", errors: "ERROR: containers.pantavisor.io \"nope\" not found (NotFound)\n"))
        await server.stop()
    }

    @Test(arguments: ["get ct nope", "get ct nope -w", "describe ct/nope", "explain ct/nope", "logs nope"])
    func `what is not there is an error`(line: String) async throws {
        #expect(
            try await run(line)
                == CommandLineRun(
                    code: 1, output: "", errors: "ERROR: containers.pantavisor.io \"nope\" not found (NotFound)\n"))
    }

    @Test func `wait sees the change it waits for`() async throws {
        let server = try await DeviceServer()
        async let run = CommandLineRun.pvcontrol(
            ["wait", "ct/db", "--for=phase=STARTED", "--timeout=60s"], socket: server.path)
        try server.set("db") { $0.status.phase = .started }
        #expect(await run == CommandLineRun(code: 0, output: "container/db phase=STARTED\n", errors: ""))
        await server.stop()
    }
}
