import APIServer
import Model
import Testing

/// What HTTP clients in use do, and must be able to.
@Suite(.timeLimit(.minutes(1)))
struct ConversationTests {
    @Test
    func `requests that are sent ahead are answered in order`() async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            try await client.send(
                "GET /steps HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\n\r\nGET /nothing HTTP/1.1\r\n\r\n")
            #expect(await client.receiveResponse().body == "[]")
            #expect(await client.receiveResponse().body == "ok")
            #expect(await client.receiveResponse().status == 400)
        }
    }

    @Test
    func `a thousand requests sent ahead are all answered`() async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            await client.sendRegardless(Array(String(repeating: "GET /healthz HTTP/1.1\r\n\r\n", count: 1000).utf8))
            for _ in 0..<1000 { #expect(await client.receiveResponse().body == "ok") }
        }
    }

    @Test
    func `an answer to HTTP 1.0 ends with the connection`() async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            try await client.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let response = RawResponse(await client.receiveAll())
            #expect(response.body == "ok")
            #expect(response.header("Connection") == "close")
        }
    }

    @Test
    func `line ends without a carriage return are taken`() async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            try await client.send("\n\nGET /healthz HTTP/1.1\nHost: localhost\n\n")
            #expect(await client.receiveResponse().body == "ok")
        }
    }

    @Test
    func `a request that arrives byte by byte is taken`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let client = try await server.connect()
            let body = #"{"action":"stop"}"#
            let text =
                "PUT /containers/web HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            for byte in text.unicodeScalars { try await client.send(String(byte)) }
            #expect(await client.receiveResponse().status == 200)
        }
    }

    @Test
    func `identity as a transfer encoding beside a length is taken`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let client = try await server.connect()
            try await client.send(
                "PUT /containers/web HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: identity\r\nContent-Length: 17\r\n"
                    + "\r\n{\"action\":\"stop\"}GET /healthz HTTP/1.1\r\n\r\n")
            #expect(await client.receiveResponse().status == 200)
            #expect(await client.receiveResponse().body == "ok")
        }
    }

    @Test
    func `a chunked body is taken, however it is cut`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let client = try await server.connect()
            let head = "PUT /containers/web HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            for piece in [
                head, "6;x=y\r", "\n{\"acti", "\r\nb\r\non\":\"stop", "\"}\r\n0\r\nTrailer: x\r\n", "\r\nGET /healthz ",
            ] {
                try await client.send(piece)
            }
            #expect(await client.receiveResponse().status == 200)
            try await client.send("HTTP/1.1\r\n\r\n")
            #expect(await client.receiveResponse().body == "ok")
        }
    }

    @Test
    func `a client that asks before it sends its body is told to go on`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let client = try await server.connect()
            try await client.send(
                "PUT /containers/web HTTP/1.1\r\nContent-Length: 17\r\nExpect: 100-continue\r\n\r\n")
            #expect(await client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("{\"action\":\"stop\"}")
            #expect(await client.receiveResponse().status == 200)
        }
    }

    @Test
    func `a client whose body is not wanted is told at once`() async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            try await client.send("PUT /nothing HTTP/1.1\r\nContent-Length: 17\r\nExpect: 100-continue\r\n\r\n")
            #expect(RawResponse(await client.receiveAll()).body == #"{"Error":"unknown endpoint: /nothing"}"#)
        }
    }

    @Test
    func `a post without a length has an empty body`() async throws {
        try await LiveServer.with { server async throws in
            let client = try await server.connect()
            try await client.send("POST /signal HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await client.receiveResponse().body == #"{"Error":"Signal has bad format"}"#)
        }
    }

    @Test
    func `a second server on the same socket is refused, and the first lives`() async throws {
        try await LiveServer.with { server async throws in
            await #expect(throws: SocketFailure.inUse(server.path)) { try await LiveServer(at: server.path) }
            #expect(try await server.get("/healthz").body == "ok")
        }
    }

    @Test
    func `a socket that a dead server left is taken over`() async throws {
        let first = try await LiveServer()
        let stale = first.path + ".stale"
        try LiveServer.leaveStaleSocket(at: stale)
        await first.stop()
        let second = try await LiveServer(at: stale)
        #expect(try await second.get("/healthz").body == "ok")
        await second.stop()
    }
}
