import APIServer
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamAccessTests {
    @Test(arguments: [
        ("GET", "/nothing?x=1", 400, "unknown endpoint: /nothing?x=1"),
        ("GET", "/a\"b", 400, "unknown endpoint: /a\\u0022b"),
        ("POST", "/containers", 400, "Method not supported for this endpoint"),
        ("PUT", "/steps/3", 400, "Method not supported for this endpoint"),
        ("GET", "/buildinfo", 500, "Error quering build info"),
    ])
    func `what is not there is refused in upstream's words`(
        method: String, target: String, status: Int, text: String
    ) async throws {
        try await LiveServer.with { server async throws in
            let response = try await server.request(method, target)
            #expect(response.status == status)
            #expect(response.body == #"{"Error":"\#(text)"}"#)
        }
    }

    @Test
    func `the build's manifest is shown as text`() async throws {
        try await LiveServer.with(buildInfo: "made by hand\n") { server async throws in
            let response = try await server.get("/buildinfo")
            #expect(response.header("Content-Type") == "text/plain")
            #expect(response.body == "made by hand\n")
        }
    }

    @Test
    func `a container without the mgmt role is refused everything but signals`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web") { $0.roles = [] }
            server.callers.become(.container("web"))
            let fixed = try await server.get("/containers")
            #expect(fixed.status == 403)
            #expect(fixed.body == #"{"Error":"Request not sent from a mgmt platform"}"#)
            let pattern = try await server.get("/steps/3")
            #expect(pattern.status == 403)
            #expect(pattern.body == #"{"Error":"Request not sent from mgmt platform"}"#)
            let kube = try await server.get("/apis/pantavisor.io/v1/containers")
            #expect(kube.status == 403)
            #expect(kube.body.contains(#""reason":"Forbidden""#))
        }
    }

    @Test
    func `a container with the mgmt role sees everything`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            server.callers.become(.container("web"))
            #expect(try await server.get("/containers").status == 200)
            #expect(try await server.get("/apis/pantavisor.io/v1/containers").status == 200)
        }
    }

    @Test
    func `a caller that nobody knows is refused`() async throws {
        try await LiveServer.with { server async throws in
            server.callers.become(.unknown)
            let fixed = try await server.get("/containers")
            #expect(fixed.status == 500)
            #expect(fixed.body == #"{"Error":"Internal Error"}"#)
            let pattern = try await server.get("/steps/3")
            #expect(pattern.body == #"{"Error":"Internal error, unknown caller"}"#)
            #expect(try await server.get("/version").status == 403)
        }
    }

    @Test
    func `a container that is gone has no rights on its old connection`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            server.callers.become(.container("web"))
            let client = try await server.connect()
            try await client.send("GET /containers HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await client.receiveResponse().status == 200)
            try server.store.delete(ResourceKey("Container", "web"))
            try await client.send("GET /containers HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await client.receiveResponse().status == 500)
        }
    }

    @Test(arguments: [
        (Caller.container("web"), #"{"type":"alive","payload":""}"#, 500, "Signal not expected from this platform"),
        (.container("plain"), #"{"type":"ready","payload":""}"#, 500, "Signal not expected from this platform"),
        (.host, #"{"type":"ready","payload":""}"#, 500, "Signal not expected from this platform"),
        (.container("web"), #"{"payload":""}"#, 400, "Signal has bad format"),
        (.container("web"), "ready", 400, "Signal has bad format"),
    ])
    func `other signals are refused in upstream's words`(
        caller: Caller, body: String, status: Int, text: String
    ) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web") { $0.statusGoal = .ready }
            try server.container("plain")
            server.callers.become(caller)
            let response = try await server.request("POST", "/signal", body: body)
            #expect(response.status == status)
            #expect(response.body == #"{"Error":"\#(text)"}"#)
        }
    }
}
