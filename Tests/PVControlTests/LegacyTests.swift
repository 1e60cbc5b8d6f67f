import APIClient
import Foundation
import Testing

@testable import PVControl

struct LegacyTests {
    @Test(arguments: [
        ("ls", "GET /containers"),
        ("containers ls", "GET /containers"),
        ("containers start web", #"PUT /containers/web {"action":"start"}"#),
        ("containers stop web", #"PUT /containers/web {"action":"stop"}"#),
        ("containers restart web", #"PUT /containers/web {"action":"restart"}"#),
        ("groups ls", "GET /groups"),
        ("signal ready", #"POST /signal {"type":"ready","payload":""}"#),
        ("signal alive", #"POST /signal {"type":"alive","payload":""}"#),
        ("steps ls", "GET /steps"),
        ("steps get locals/x", "GET /steps/locals/x"),
        ("steps show-progress current", "GET /steps/current/progress"),
        ("cmd run locals/x", #"POST /commands {"op":"LOCAL_RUN","payload":"locals/x"}"#),
        ("cmd reboot", #"POST /commands {"op":"REBOOT_DEVICE","payload":""}"#),
        ("devmeta save k v", "PUT /device-meta/k v"),
        ("usrmeta delete k", "DELETE /user-meta/k"),
        ("usrmeta save web/a.b 50%", "PUT /user-meta/web%2Fa.b 50%"),
        ("drivers ls", "GET /drivers"),
        ("drivers load", "PUT /drivers/load"),
        ("drivers unload wifi", "PUT /drivers/wifi/unload"),
        ("wakelocks ls", "GET /wakelocks"),
        ("cmd go-remote", #"POST /commands {"op":"GO_REMOTE","payload":""}"#),
        ("cmd disable-ssh", #"POST /commands {"op":"DISABLE_SSH","payload":""}"#),
        ("cmd make-factory", #"POST /commands {"op":"MAKE_FACTORY","payload":""}"#),
        ("conf ls", "GET /config2"),
        ("config ls", "GET /config"),
        ("graph ls", "GET /xconnect-graph"),
        ("daemons stop d", #"PUT /daemons/d {"action":"stop"}"#),
        ("storage gc", "POST /storage/gc"),
        ("objects ls", "GET /objects"),
        ("buildinfo", "GET /buildinfo"),
    ])
    func `upstream's commands send what upstream sends, and print the raw answer`(
        line: String, request: String
    ) async throws {
        let server = try await TestServer { _ in .whole(200, #"{"raw": 1}"#) }
        let run = await CommandLineRun.pvcontrol(line.split(separator: " ").map(String.init), socket: server.path)
        #expect(run == CommandLineRun(code: 0, output: "{\"raw\": 1}\n", errors: ""))
        #expect(server.requests.map(\.description) == [request])
        #expect(server.requests.first?.headers["host"] == "localhost")
        try await server.stop()
    }

    @Test(arguments: [
        (503, #"{"Error":"A command is already in progress. Try again"}"#, Int32(75)),
        (507, #"{"Error":"Not enough disk space available"}"#, 48),
        (422, #"{"Error":"Object has bad checksum"}"#, 60),
        (422, #"{"Error":"State verification has failed"}"#, 70),
        (404, #"{"Error":"Container not found"}"#, 255),
        (204, "", 255),
    ])
    func `upstream's exit codes are kept`(status: Int, body: String, code: Int32) async throws {
        let server = try await TestServer { _ in .whole(status, body) }
        let run = await CommandLineRun.pvcontrol(["containers", "stop", "web"], socket: server.path)
        #expect(run == CommandLineRun(code: code, output: "", errors: body + "\n"))
        try await server.stop()
    }

    @Test func `no answer at all is 255`() async throws {
        let server = try await TestServer { _ in .drop }
        let run = await CommandLineRun.pvcontrol(["ls"], socket: server.path)
        #expect(run.code == 255)
        try await server.stop()
    }

    @Test func `objects and steps are uploaded as they are`() async throws {
        let server = try await TestServer { _ in .whole(200, "") }
        let file = FileManager.default.temporaryDirectory.appending(path: "pv-\(UUID().uuidString)").path
        try String(repeating: "x", count: 150_000).write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let object = await CommandLineRun.pvcontrol(["objects", "put", file, "abc"], socket: server.path)
        let step = await CommandLineRun.pvcontrol(["-m", "why", "steps", "put", file, "locals/x"], socket: server.path)
        #expect(object == CommandLineRun(code: 0, output: "\n", errors: ""))
        #expect(step == object)
        #expect(
            server.requests.map { "\($0.method) \($0.path) \($0.body.utf8.count)" } == [
                "PUT /objects/abc 150000", "PUT /steps/locals/x 150000", "PUT /steps/locals/x/commitmsg 3",
            ])
        try await server.stop()
    }

    @Test func `an upload of a missing or short input is not sent as a whole`() async throws {
        let server = try await TestServer { _ in .whole(200, "") }
        let missing = await CommandLineRun.pvcontrol(["objects", "put", "/no/file", "abc"], socket: server.path)
        #expect(
            missing
                == CommandLineRun(
                    code: 1, output: "", errors: "ERROR: cannot read /no/file: No such file or directory\n"))
        let empty = open("/dev/null", O_RDONLY)
        let short = await CommandLineRun.pvcontrol(["objects", "put", "-7", "abc"], socket: server.path, input: empty)
        close(empty)
        #expect(short == CommandLineRun(code: 255, output: "", errors: "ERROR: the input ended after 0 of 7 bytes\n"))
        #expect(server.requests.isEmpty)
        try await server.stop()
    }

    @Test func `an object is written as it is`() async throws {
        let server = try await TestServer { request in
            request.path == "/objects/abc"
                ? .stream(["a\u{0}", "b"]) : .whole(400, #"{"Error":"Request has bad object name"}"#)
        }
        let good = await CommandLineRun.pvcontrol(["objects", "get", "abc"], socket: server.path)
        #expect(good == CommandLineRun(code: 0, output: "a\u{0}b", errors: ""))
        let bad = await CommandLineRun.pvcontrol(["objects", "get", "x"], socket: server.path)
        #expect(bad == CommandLineRun(code: 255, output: "", errors: "ERROR: Request has bad object name\n"))
        try await server.stop()
    }

    @Test func `a daemon is restarted when it could be stopped`() async throws {
        let server = try await TestServer { _ in .whole(200, "") }
        _ = await CommandLineRun.pvcontrol(["daemons", "restart", "d"], socket: server.path)
        #expect(
            server.requests.map(\.description) == [
                #"PUT /daemons/d {"action":"stop"}"#, #"PUT /daemons/d {"action":"start"}"#,
            ])
        try await server.stop()
    }

    @Test func `a name cannot break out of the request line`() async throws {
        let server = try await TestServer { _ in .whole(200, "") }
        _ = await CommandLineRun.pvcontrol(
            ["steps", "get", "a b?c\r\nX: y"], socket: server.path)
        #expect(server.requests.map(\.path) == ["/steps/a%20b%3Fc%0D%0AX:%20y"])
        try await server.stop()
    }

    @Test func `the socket is searched as upstream does`() throws {
        #expect(throws: CommandError.connection(.notFound(.unix(path: "/x")))) {
            try Session.socket("/x", environment: Environment(["SOCKET": "/y"]))
        }
        #expect(throws: CommandError.connection(.notFound(.unix(path: "/y")))) {
            try Session.socket(nil, environment: Environment(["SOCKET": "/y"]))
        }
        #expect(throws: CommandError.connection(.notFound(.unix(path: "/pantavisor/pv-ctrl")))) {
            try Session.socket(nil, environment: Environment(["SOCKET": ""]))
        }
    }
}
