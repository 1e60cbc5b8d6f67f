import Model
import NIOCore
import NIOPosix
import Testing

@testable import APIServer

/// What one caller does is its own problem.
@Suite(.timeLimit(.minutes(1)))
struct FairnessTests {
    // MARK: - Turns

    private final class Taker: TurnTaker {
        let take: () -> Void
        init(_ take: @escaping () -> Void) { self.take = take }
        func takeTurn() { take() }
    }

    @Test func `callers take turns, however much some of them ask for`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let order = try await loop.flatSubmit { () -> EventLoopFuture<[String]> in
            let done = loop.makePromise(of: [String].self)
            let census = ConnectionCensus(ServerLimits(), turns: Turns(loop))
            var served: [String] = []
            for (caller, process, count) in [
                (Caller.container("a"), Int32(1), 4), (.container("b"), 2, 1), (.host, 3, 2), (.host, 4, 1),
            ] {
                guard let seat = census.admit(caller, process: process) else { continue }
                for number in 1...count {
                    let taker = Taker {
                        served.append("\(process).\(number)")
                        if served.count == 8 { done.succeed(served) }
                    }
                    seat.share.enqueue(taker, in: seat.lanes.requests)
                }
            }
            return done.futureResult
        }.get()
        #expect(order == ["1.1", "2.1", "3.1", "4.1", "1.2", "3.2", "1.3", "1.4"])
        try await group.shutdownGracefully()
    }

    @Test func `a caller that must let go of something first holds up nobody`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let order = try await loop.flatSubmit { () -> EventLoopFuture<[String]> in
            let done = loop.makePromise(of: [String].self)
            let census = ConnectionCensus(ServerLimits(), turns: Turns(loop))
            var served: [String] = []
            guard let full = census.admit(.container("full")), let other = census.admit(.container("other")) else {
                return loop.makeFailedFuture(ChannelError.eof)
            }
            full.share.hold(100_000_000)
            full.share.enqueue(
                Taker {
                    served.append("full")
                    done.succeed(served)
                }, in: full.lanes.requests)
            other.share.enqueue(
                Taker {
                    served.append("other")
                    full.share.release(100_000_000)
                }, in: other.lanes.requests)
            return done.futureResult
        }.get()
        #expect(order == ["other", "full"])
        try await group.shutdownGracefully()
    }

    // MARK: - Limits

    @Test func `a container gets no more streams than its share, and others get theirs`() async throws {
        var limits = ServerLimits()
        limits.streamsPerContainer = 2
        let log = "GET /apis/pantavisor.io/v1/containers/a/log?follow=true HTTP/1.1\r\n\r\n"
        try await LiveServer.with(limits, logs: EndlessLogs()) { server async throws in
            for name in ["a", "b"] { try server.container(name) { $0.roles = [.mgmt] } }
            server.callers.become(.container("a"))
            var followers: [RawClient] = []
            for _ in 0..<2 {
                let client = try await server.connect()
                try await client.send(log)
                #expect(await client.receive(through: "line\n").hasPrefix("HTTP/1.1 200 "))
                followers.append(client)
            }
            let third = try await server.connect()
            try await third.send(log)
            let refusal = await third.receiveResponse()
            #expect(refusal.status == 429)
            #expect(refusal.header("Retry-After") == "1")
            server.callers.become(.container("b"))
            let other = try await server.connect()
            try await other.send(log)
            #expect(await other.receive(through: "line\n").hasPrefix("HTTP/1.1 200 "))
            // What ends gives its place back.
            try await followers[0].close()
            server.callers.become(.container("a"))
            var status = 429
            while status == 429 {
                let next = try await server.connect()
                try await next.send(log)
                status = RawResponse(await next.receive(through: "\r\n\r\n")).status
                try await next.close()
            }
            #expect(status == 200)
        }
    }

    @Test func `bodies of one container are bounded, all together`() async throws {
        var limits = ServerLimits()
        limits.bytesPerContainer = 1000
        let head =
            "PATCH /apis/pantavisor.io/v1/containers/a HTTP/1.1\r\nContent-Type: application/merge-patch+json\r\n"
        try await LiveServer.with(limits) { server async throws in
            try server.container("a") { $0.roles = [.mgmt] }
            server.callers.become(.container("a"))
            let first = try await server.connect()
            try await first.send(head + "Content-Length: 900\r\n\r\n" + String(repeating: " ", count: 800))
            let whole = head + "Content-Length: 902\r\n\r\n" + String(repeating: " ", count: 900) + "{}"
            // Refused as soon as the server has read what the first one sent.
            var refusal: RawResponse
            repeat {
                let second = try await server.connect()
                try await second.send(whole)
                refusal = await second.receiveResponse()
                try await second.close()
            } while refusal.status == 200
            #expect(refusal.status == 429)
            #expect(refusal.body.contains("holds too many bytes"))
            server.callers.become(.host)
            #expect(try await server.get("/healthz").status == 200)
            try await first.send(String(repeating: " ", count: 98) + "{}")
            #expect(await first.receiveResponse().status == 200)
            server.callers.become(.container("a"))
            let third = try await server.connect()
            try await third.send(whole)
            #expect(await third.receiveResponse().status == 200)
        }
    }

    @Test func `memory is given back when a rush is over`() async throws {
        let (released, releases) = AsyncStream<Void>.makeStream()
        try await LiveServer.with(services: { $0.releaseMemory = { releases.yield() } }) { server async throws in
            for _ in 0..<300 {
                let client = try await server.connect()
                try await client.close()
            }
            for await _ in released { break }
        }
    }

    @Test(arguments: [(1 << 20, 1536, 384), (1024, 512, 384), (256, 128, 96)])
    func `half of the files are left to other work`(files: Int, connections: Int, containers: Int) {
        var expected = ServerLimits()
        expected.connections = connections
        expected.containerConnections = containers
        #expect(ServerLimits(openFiles: files) == expected)
    }
}

/// Each writes one line and never ends.
private struct EndlessLogs: LogSource {
    func open(
        container: String, of revision: String, stream: LogStream, tailLines: Int?, follow: Bool
    ) async throws -> any AsyncSequence<[UInt8], any Error> & Sendable {
        AsyncThrowingStream { $0.yield(Array("line\n".utf8)) }
    }
}
