import APIServer
import Model
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    @Test
    func `a log is sent as it grows, and let go when the reader leaves`() async throws {
        let logs = LogStub()
        try await LiveServer.with(logs: logs) { server async throws in
            try server.container("web")
            let client = try await server.connect()
            try await client.send(
                "GET /apis/pantavisor.io/v1/containers/web/log?follow=true&tailLines=2&source=lxc HTTP/1.1\r\n\r\n")
            let head = RawResponse(await client.receive(through: "\r\n\r\n"))
            #expect(head.header("Content-Type") == "text/plain")
            logs.pieces.yield(Array("one\n".utf8))
            #expect(await client.receive(through: "one\n\r\n") == "4\r\none\n\r\n")
            logs.pieces.yield(Array("two\n".utf8))
            #expect(await client.receive(through: "two\n\r\n") == "4\r\ntwo\n\r\n")
            #expect(logs.asked.withLock { $0 } == "web lxc Optional(2) true")
            try await client.close()
            await logs.ended()
        }
    }

    @Test
    func `a log that is not there is answered with those that are`() async throws {
        try await LiveServer.with(logs: FewLogs()) { server async throws in
            try server.container("web")
            let answer = try await server.get("/apis/pantavisor.io/v1/containers/web/log?source=var%2Flog%2Fx")
            #expect(answer.status == 404)
            #expect(
                answer.body.contains("has no var/log/x log: missing; sources are console, lxc, app, var/log/syslog"))
        }
    }

    @Test(arguments: [
        ("nope/log", 404), ("web/log?source=../x", 400), ("web/log?source=var//log", 400),
        ("web/log?tailLines=-1", 400),
    ])
    func `a log that cannot be read is refused`(path: String, status: Int) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            #expect(try await server.get("/apis/pantavisor.io/v1/containers/\(path)").status == status)
        }
    }

    @Test
    func `a command is spoken with over a WebSocket, to its exit code`() async throws {
        let exec = ExecStub()
        try await LiveServer.with(exec: exec) { server async throws in
            try server.container("web")
            let client = try await server.connect()
            try await client.send(handshake("exec?command=echo&command=hi%20you&stdin=true&stdout=true"))
            let head = RawResponse(await client.receive(through: "\r\n\r\n"))
            #expect(head.status == 101)
            #expect(head.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            #expect(head.header("Sec-WebSocket-Protocol") == "v5.channel.k8s.io")
            // Masked with zeros: input "in", a size, and the end of the input.
            await client.sendRegardless([0x82, 0x83, 0, 0, 0, 0, 0] + Array("in".utf8))
            #expect(await exec.inputs.next() == Array("in".utf8))
            let size = Array(#"{"Width":80,"Height":24}"#.utf8)
            await client.sendRegardless([0x82, 0x80 | UInt8(size.count + 1), 0, 0, 0, 0, 4] + size)
            await client.sendRegardless([0x82, 0x82, 0, 0, 0, 0, 255, 0])
            #expect(await exec.inputs.next() == [])
            exec.conversation.chunks.yield(.standardOutput(Array("hi".utf8)))
            #expect(await client.receive(count: 5) == "\u{FFFD}\u{3}\u{1}hi")
            exec.conversation.chunks.yield(.standardError(Array("no".utf8)))
            #expect(await client.receive(count: 5) == "\u{FFFD}\u{3}\u{2}no")
            exec.conversation.chunks.finish()
            let rest = await client.receiveAll()
            #expect(rest.contains(#""causes":[{"reason":"ExitCode","message":"3"}]"#))
            #expect(exec.conversation.size.withLock { $0 } == "80x24")
            #expect(exec.asked.withLock { $0 } == #"web ["echo", "hi you"] false"#)
        }
    }

    @Test
    func `a command whose client leaves is cancelled`() async throws {
        let exec = ExecStub()
        try await LiveServer.with(exec: exec) { server async throws in
            try server.container("web")
            let client = try await server.connect()
            try await client.send(handshake("exec?command=sh"))
            _ = await client.receive(through: "\r\n\r\n")
            try await client.close()
            await exec.conversation.cancelled()
        }
    }

    @Test(arguments: [
        ("exec?command=sh", ["Upgrade: h2c"], 400),
        ("exec", [], 400),
        ("exec?command=sh", ["Sec-WebSocket-Protocol: x"], 400),
    ])
    func `what is no exec is refused`(path: String, headers: [String], status: Int) async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let response = try await server.get(
                "/apis/pantavisor.io/v1/containers/web/\(path)", headers.first ?? "X: y")
            #expect(response.status == status)
            #expect(response.body.contains(#""kind":"Status""#))
        }
    }

    @Test
    func `a command that cannot be started is an answer, not a broken connection`() async throws {
        try await LiveServer.with { server async throws in
            try server.container("web")
            let client = try await server.connect()
            try await client.send(handshake("exec?command=sh"))
            let response = RawResponse(await client.receiveAll())
            #expect(response.status == 500)
            #expect(response.body.contains("cannot run the command in web"))
        }
    }

    private func handshake(_ path: String) -> String {
        "GET /apis/pantavisor.io/v1/containers/web/\(path) HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Protocol: v5.channel.k8s.io,v4.channel.k8s.io\r\n\r\n"
    }
}

private final class LogStub: LogSource {
    let pieces: AsyncThrowingStream<[UInt8], any Error>.Continuation
    let asked = Mutex("")
    private let stream: AsyncThrowingStream<[UInt8], any Error>
    private let end: AsyncStream<Void>

    init() {
        let (stream, pieces) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let (end, ending) = AsyncStream<Void>.makeStream()
        pieces.onTermination = { _ in ending.finish() }
        (self.stream, self.pieces, self.end) = (stream, pieces, end)
    }

    func open(
        container: String, of revision: String, stream: LogStream, tailLines: Int?, follow: Bool
    ) async throws -> any AsyncSequence<[UInt8], any Error> & Sendable {
        asked.withLock { $0 = "\(container) \(stream.name) \(String(describing: tailLines)) \(follow)" }
        return self.stream
    }

    func ended() async { for await _ in end {} }
}

private final class ExecStub: ExecSource {
    let conversation = ConversationStub()
    let asked = Mutex("")
    var inputs: Inputs { conversation.inputs }

    func start(_ command: [String], terminal: Bool, in container: String) async throws -> any ExecConversation {
        asked.withLock { $0 = "\(container) \(command) \(terminal)" }
        return conversation
    }
}

private actor Inputs {
    private let stream: AsyncStream<[UInt8]>
    nonisolated let feed: AsyncStream<[UInt8]>.Continuation

    init() { (stream, feed) = AsyncStream.makeStream() }

    func next() async -> [UInt8]? {
        for await bytes in stream { return bytes }
        return nil
    }
}

private final class ConversationStub: ExecConversation {
    let output: AsyncStream<ExecChunk>
    let chunks: AsyncStream<ExecChunk>.Continuation
    let inputs = Inputs()
    let size = Mutex("")
    private let cancellation: AsyncStream<Void>
    private let cancelling: AsyncStream<Void>.Continuation

    init() {
        (output, chunks) = AsyncStream.makeStream()
        (cancellation, cancelling) = AsyncStream.makeStream()
    }

    func write(_ bytes: [UInt8]) async throws { inputs.feed.yield(bytes) }
    func resize(columns: Int, rows: Int) { size.withLock { $0 = "\(columns)x\(rows)" } }
    func exitCode() async throws -> Int { 3 }

    func cancel() {
        chunks.finish()
        cancelling.finish()
    }

    func cancelled() async { for await _ in cancellation {} }
}

private struct FewLogs: LogSource {
    struct Missing: Error, CustomStringConvertible { let description = "missing" }

    func open(
        container: String, of revision: String, stream: LogStream, tailLines: Int?, follow: Bool
    ) async throws -> any AsyncSequence<[UInt8], any Error> & Sendable { throw Missing() }

    func sources(of container: String, in revision: String) async -> [String] { ["app", "var/log/syslog"] }
}
