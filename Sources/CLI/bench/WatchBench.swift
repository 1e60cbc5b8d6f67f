import Glibc

/// Changes of one resource, one after the other, and the time until each of some watchers has been told of it.
struct WatchBench {
    let socket: String
    /// A resource whose annotations may be changed.
    let path: String
    let watchers: Int
    let duration: Duration

    func run(as name: String) throws {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let watch = "GET \(path[..<slash])?watch=1&fieldSelector=metadata.name=\(path[path.index(after: slash)...]) "
        var clients = try (0..<watchers).map { _ in try Client(socket) }
        var writer = try Client(socket)
        defer { for client in clients + [writer] { client.close() } }
        let clock = ContinuousClock()
        for index in clients.indices {
            try clients[index].send(Array("\(watch)HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), at: clock.now)
            while !clients[index].buffer.hasEvent { try clients[index].receiveSome() }
        }
        let begin = clock.now + duration / 10
        let end = begin + duration
        var samples: [Duration] = []
        var changes = 0
        while clock.now < end {
            let sent = clock.now
            for index in clients.indices { clients[index].forget() }
            try writer.send(change(number: changes), at: sent)
            let times = try delivery(to: &clients, clock)
            while try !writer.receive() {}
            changes += 1
            if sent >= begin { samples += times.map { $0 - sent } }
        }
        guard !samples.isEmpty else { throw LoadError.noAnswer(path) }
        samples.sort()
        report("\(name)_events", Double(samples.count) / duration.inSeconds, "per_second")
        report("\(name)_p50", samples.percentile(50).inMicroseconds, "microseconds")
        report("\(name)_p99", samples.percentile(99).inMicroseconds, "microseconds")
    }

    private func change(number: Int) -> [UInt8] {
        let body = #"{"metadata":{"annotations":{"bench":"\#(number)"}}}"#
        return Array(
            ("PATCH \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/merge-patch+json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
    }

    /// When each watcher had the one event that is on its way.
    private func delivery(to clients: inout [Client], _ clock: ContinuousClock) throws -> [ContinuousClock.Instant] {
        var times: [ContinuousClock.Instant] = []
        var polls = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while times.count < clients.count {
            guard poll(&polls, nfds_t(polls.count), 5000) > 0 else { throw LoadError.noAnswer(path) }
            for index in clients.indices where polls[index].revents != 0 {
                try clients[index].receiveSome()
                guard clients[index].buffer.hasEvent else { continue }
                times.append(clock.now)
                // Told: the kernel looks at it no more.
                polls[index].fd = -1
            }
        }
        return times
    }
}

extension [UInt8] {
    /// Whether a whole line of a watch has come, at the end of a chunk.
    fileprivate var hasEvent: Bool { suffix(4).elementsEqual("}\n\r\n".utf8) }
}
