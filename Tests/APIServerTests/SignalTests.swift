import APIServer
import Model
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SignalTests {
    private static let ready = #"{"type":"ready","payload":""}"#

    /// Gives a signal while `meanwhile` happens to the container, once it is known that it signalled.
    private func answer(
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        meanwhile: @escaping @Sendable (inout Container.Status) -> Void
    ) async throws -> RawResponse {
        var answer: RawResponse?
        try await LiveServer.with(pause: pause) { server async throws in
            try server.container("web") { spec in
                spec.statusGoal = .ready
                spec.roles = []
            }
            try server.store.modify(Container.self, "web", part: .status) { $0.status.run(pid: 7) }
            server.callers.become(.container("web"))
            let changes = try server.store.changes(WatchOptions(from: .initialEvents))
            async let response = server.request("POST", "/signal", body: Self.ready)
            for await _ in changes {
                guard server.store.snapshot().get(Container.self, "web")?.status.isSignalledReady == true else {
                    continue
                }
                break
            }
            try server.store.modify(Container.self, "web", part: .status) { meanwhile(&$0.status) }
            answer = try await response
        }
        return try #require(answer)
    }

    @Test func `a signal is answered when the journal has it`() async throws {
        let answer = try await answer { $0.journal(pid: 7) }
        #expect(answer.status == 200)
        #expect(answer.body == "")
        #expect(answer.header("Content-Length") == "0")
    }

    @Test func `what the journal has of another run is no answer`() async throws {
        let answer = try await answer(pause: { _ in }) { $0.journal(pid: 6) }
        #expect(answer.status == 503)
        #expect(answer.body == #"{"Error":"The signal could not be kept yet; send it again"}"#)
    }

    @Test func `a container that ends while it waits is told so`() async throws {
        let answer = try await answer(pause: { _ in try await Task.sleep(for: .seconds(50)) }) { status in
            status.exits += 1
            status.process = .absent
        }
        #expect(answer.status == 503)
    }

    @Test func `a signal that is given again is answered at once`() async throws {
        try await LiveServer.with(pause: { _ in }) { server async throws in
            try server.container("web") { $0.statusGoal = .ready }
            try server.store.modify(Container.self, "web", part: .status) { container in
                container.status.run(pid: 7)
                container.status.journal(pid: 7)
            }
            server.callers.become(.container("web"))
            #expect(try await server.request("POST", "/signal", body: Self.ready).status == 200)
        }
    }
}

extension Container.Status {
    fileprivate mutating func run(pid: Int) {
        (process, self.pid, startedAt) = (.running, pid, Instant(milliseconds: 1))
    }

    fileprivate mutating func journal(pid: Int) {
        var record = Container.Record()
        record.pid = pid
        record.startedAt = Instant(milliseconds: 1)
        record.isSignalledReady = true
        journaled = record
    }
}
