import APIServer
import JSON
import Model
import NIOCore
import Store
import Testing

private let plain = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

/// Whatever one client does, it gets an error or its connection ends, and all others are served.
@Suite(.timeLimit(.minutes(1)))
struct HostileClientTests {
    @Test
    func `a path of 20 kB is too long`() async throws {
        try await LiveServer.with { server async throws in
            let response = try await server.get("/" + String(repeating: "a", count: 20_000))
            #expect(response.status == 414)
            #expect(response.body == #"{"Error": "Request line is too long"}"#)
            try await expectServing(server)
        }
    }

    @Test
    func `a path without end is refused before its end`() async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            try await client.send("GET /" + String(repeating: "a", count: 9000))
            #expect(RawResponse(await client.receiveAll()).status == 414)
        }
    }

    @Test
    func `headers beyond 32 kB are too large`() async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            await client.sendRegardless(
                Array(("GET / HTTP/1.1\r\n" + String(repeating: "X-A: b\r\n", count: 10_000)).utf8))
            #expect(RawResponse(await client.receiveAll()).status == 431)
            try await expectServing(server)
        }
    }

    @Test(arguments: [
        "\u{1}\u{2}\u{3}\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon here\r\n\r\n",
        "GET / HTTP/1.1\r\n folded: x\r\n\r\n",
        "POST /signal HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /signal HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "POST /signal HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        "POST /signal HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST /signal HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\u{16}\u{3}\u{1}\u{2}\r\n\r\n",
    ])
    func `what is not clearly HTTP is refused and the connection ends`(text: String) async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            try await client.send(text)
            let response = RawResponse(await client.receiveAll())
            #expect(response.status == 400)
            #expect(response.body == #"{"Error": "Unsupported protocol"}"#)
            try await expectServing(server)
        }
    }

    @Test(arguments: ["/%", "/%zz", "/%00", "/containers/%ff", "nonsense"])
    func `a target that cannot be decoded is a bad request`(target: String) async throws {
        try await LiveServer.with { server async throws in
            #expect(try await server.get(target).status == 400)
        }
    }

    @Test(arguments: [
        ("", 200), ("localhost", 200), ("localhost:8080", 200), ("127.0.0.1:18099", 200), ("[::1]:1", 200),
        ("127.0.0.1", 200), ("localhost.evil.com", 400), ("localhost:x", 400), ("10.0.0.1", 400), ("evil.com", 400),
    ])
    func `only local host names are taken`(host: String, status: Int) async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            try await client.send("GET /healthz HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
            #expect(RawResponse(await client.receiveAll()).status == status)
        }
    }

    @Test
    func `half a request, and then nothing more, ends the connection`() async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            try await client.send("GET /containers HT")
            try await client.finishSending()
            #expect(await client.receiveAll() == "")
            try await expectServing(server)
        }
    }

    @Test
    func `a client that stopped sending still gets its answer`() async throws {
        let (gate, opened) = AsyncStream<Void>.makeStream()
        try await LiveServer.with(steps: PatientSteps(gate: gate)) { server async throws in
            let client = try await server.connect()
            // One that is kept: the server does not hang up before the client does.
            try await client.send("GET /steps HTTP/1.1\r\n\r\n")
            try await client.finishSending()
            opened.finish()
            #expect(RawResponse(await client.receiveAll()).body == "[]")
        }
    }

    @Test
    func `a watch ends with the client's side of the connection`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            for _ in 0..<50 {
                let client = try await server.connect()
                // Both at once: the request waits for its turn when the end of the client's side is seen.
                try await client.sendAndFinish("GET /apis/pantavisor.io/v1/containers?watch=1 HTTP/1.1\r\n\r\n")
                #expect(RawResponse(await client.receiveAll()).body.contains("web"))
            }
        }
    }

    @Test
    func `headers that trickle in are cut off in time`() async throws {
        var limits = ServerLimits()
        limits.headTimeout = .milliseconds(20)
        try await LiveServer.with(limits) { server async throws in
            let client = try await server.connect()
            try await client.send("GET /containers HTTP/1.1\r\nX-Slow: ")
            // Each byte once the one before is sent: all clients of these tests share a thread, which would be busy with
            // nothing else.
            let trickle = Task {
                while !Task.isCancelled, await client.isTaken([UInt8(ascii: "a")]) {}
            }
            #expect(RawResponse(await client.receiveAll()).status == 408)
            trickle.cancel()
            try await expectServing(server)
        }
    }

    @Test
    func `a body that does not come is not waited for`() async throws {
        var limits = ServerLimits()
        limits.bodyTimeout = .milliseconds(20)
        try await LiveServer.with(limits) { server async throws in
            let client = try await server.connect()
            try await client.send("POST /signal HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
            #expect(RawResponse(await client.receiveAll()).status == 408)
        }
    }

    @Test
    func `a connection that says nothing more is closed`() async throws {
        var limits = ServerLimits()
        limits.idleTimeout = .seconds(3)
        try await LiveServer.with(limits) { server async throws in
            let client = try await server.connect()
            try await client.send(plain)
            #expect(await client.receiveResponse().status == 200)
            #expect(await client.receiveAll() == "")
        }
    }

    @Test
    func `a thousand connections that are opened and left do no harm`() async throws {
        try await LiveServer.with { server async throws in
            for _ in 0..<1000 {
                let client = try await server.connect()
                try await client.close()
            }
            try await expectServing(server)
        }
    }

    @Test
    func `one connection too many is told so`() async throws {
        var limits = ServerLimits()
        limits.connections = 3
        try await LiveServer.with(limits) { server async throws in
            let clients = try await open(3, server)
            let refused = try await server.connect()
            let response = RawResponse(await refused.receiveAll())
            #expect(response.status == 503)
            #expect(response.header("Retry-After") == "1")
            try await clients[0].close()
            try await becomesServing(server)
        }
    }

    @Test
    func `containers cannot take the host's connections`() async throws {
        var limits = ServerLimits()
        limits.connections = 10
        limits.containerConnections = 3
        limits.connectionsPerContainer = 2
        try await LiveServer.with(limits) { server async throws in
            for name in ["a", "b"] { try server.container(name) }
            server.callers.become(.container("a"))
            let first = try await open(2, server)
            #expect(RawResponse(await (try await server.connect()).receiveAll()).status == 503)
            server.callers.become(.container("b"))
            let second = try await open(1, server)
            #expect(RawResponse(await (try await server.connect()).receiveAll()).status == 503)
            server.callers.become(.host)
            try await expectServing(server)
            #expect(first.count + second.count == 3)
        }
    }

    @Test
    func `callers that nobody knows share the limit of one container`() async throws {
        var limits = ServerLimits()
        limits.connectionsPerContainer = 1
        try await LiveServer.with(limits) { server async throws in
            server.callers.become(.unknown)
            let first = try await server.connect()
            try await first.send(plain)
            #expect(await first.receiveResponse().status == 403)
            #expect(RawResponse(await (try await server.connect()).receiveAll()).status == 503)
            server.callers.become(.host)
            try await expectServing(server)
        }
    }

    @Test
    func `a body that is too large is refused after it was read`() async throws {
        var limits = ServerLimits()
        limits.resource = 1000
        try await LiveServer.with(limits) { server async throws in
            try server.container("web")
            let response = try await server.request(
                "PATCH", "/apis/pantavisor.io/v1/containers/web",
                headers: ["Content-Type: application/merge-patch+json"], body: String(repeating: " ", count: 100_000))
            #expect(response.status == 413)
            #expect(response.body.contains(#""kind":"Status""#))
        }
    }

    @Test
    func `a refused body is not drained for ever`() async throws {
        var limits = ServerLimits()
        limits.drain = 100_000
        try await LiveServer.with(limits) { server async throws in
            let client = try await server.connect()
            try await client.send("PUT /nothing HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n")
            await client.sendRegardless(Array(repeating: 32, count: 300_000))
            #expect(RawResponse(await client.receiveAll()).status == 400)
        }
    }

    @Test
    func `answers that nobody takes are not piled up`() async throws {
        var limits = ServerLimits()
        limits.writeTimeout = .milliseconds(50)
        try await LiveServer.with(limits) { server async throws in
            for number in 0..<50 { try server.container("c\(number)") }
            let client = try await server.connect()
            try await client.stopReading()
            let request = "GET /apis/pantavisor.io/v1/containers HTTP/1.1\r\nHost: localhost\r\n\r\n"
            await client.sendRegardless(Array(String(repeating: request, count: 200).utf8))
            // Others are served meanwhile, and the server ends the connection by itself.
            try await expectServing(server)
            try await client.waitUntilClosed()
        }
    }

    @Test
    func `a watcher that does not read is closed, and another misses nothing`() async throws {
        var limits = ServerLimits()
        limits.watchQueue = 100
        limits.writeTimeout = .milliseconds(50)
        try await LiveServer.with(limits) { server async throws in
            try server.container("web")
            let target = "/apis/pantavisor.io/v1/containers?watch=true"
            let good = try await WatchClient(server, target)
            #expect(try await good.next() == Seen("ADDED", "web"))
            let stalled = try await WatchClient(server, target)
            try await stalled.client.stopReading()
            for number in 1...2000 {
                try server.store.modify(Container.self, "web", part: .status) { $0.status.restarts = number }
                let event = try await good.nextDocument()
                #expect(event["object"]?["status"]?["restarts"]?.integer == Int64(number))
            }
            try await stalled.client.waitUntilClosed()
        }
    }

    private func open(_ count: Int, _ server: LiveServer) async throws -> [RawClient] {
        var clients: [RawClient] = []
        for _ in 0..<count {
            let client = try await server.connect()
            try await client.send(plain)
            #expect(await client.receiveResponse().status == 200)
            clients.append(client)
        }
        return clients
    }

    private func expectServing(_ server: LiveServer) async throws {
        #expect(try await server.get("/healthz").body == "ok")
    }

    /// The server learns of a closed connection a little later than the client.
    private func becomesServing(_ server: LiveServer) async throws {
        while true {
            do {
                if try await server.get("/healthz").status == 200 { return }
            } catch ChannelError.ioOnClosedChannel {
                // Refused before the request was sent.
            }
        }
    }
}

/// No steps, told when the gate is open.
private struct PatientSteps: StepSource {
    let gate: AsyncStream<Void>

    func steps() async throws -> [Step] {
        for await _ in gate {}
        return []
    }
    func state(of revision: String) async throws -> [UInt8]? { nil }
    func progress(of revision: String) async throws -> [UInt8]? { nil }
}
