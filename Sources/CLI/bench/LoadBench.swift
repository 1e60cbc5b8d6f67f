import Glibc

/// Requests over a unix socket: some connections kept alive, on each the next request as soon as the answer is whole, or
/// after a pause.
struct LoadBench {
    let socket: String
    let path: String
    let connections: Int
    let duration: Duration
    /// Between an answer and the next request, on all connections together.
    var pause = Duration.zero

    /// Prints requests per second and the times of single requests under `name`.
    ///
    /// `p99` is the budget of the slowest hundredth, in microseconds.
    func run(as name: String, budget: Budget?, p99: Budget? = nil) throws {
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n".utf8)
        var clients = try (0..<connections).map { _ in try Client(socket) }
        defer { for client in clients { client.close() } }
        let clock = ContinuousClock()
        for index in clients.indices { try clients[index].send(request, at: clock.now) }
        // The first tenth warms up and does not count.
        let begin = clock.now + duration / 10
        let end = begin + duration
        var samples: [Duration] = []
        var polls = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while clock.now < end {
            guard poll(&polls, nfds_t(polls.count), 5000) > 0 else { throw LoadError.noAnswer(path) }
            for index in clients.indices where polls[index].revents != 0 {
                guard try clients[index].receive() else { continue }
                let now = clock.now
                if clients[index].sentAt >= begin { samples.append(now - clients[index].sentAt) }
                if pause > .zero { usleep(UInt32(pause.inMicroseconds)) }
                try clients[index].send(request, at: pause > .zero ? clock.now : now)
            }
        }
        guard !samples.isEmpty else { throw LoadError.noAnswer(path) }
        samples.sort()
        report(name, Double(samples.count) / duration.inSeconds, "per_second", budget)
        report("\(name)_p50", samples.percentile(50).inMicroseconds, "microseconds")
        report("\(name)_p99", samples.percentile(99).inMicroseconds, "microseconds", p99)
    }
}

enum LoadError: Error {
    case system(String, errno: Int32)
    case closed
    case noAnswer(String)
    /// The status line, or a header that this client does not understand.
    case unexpected(String)
}

/// A socket that is connected to the one at a path.
func connectedSocket(_ path: String, _ type: __socket_type) throws -> Int32 {
    guard let connected = unixSocket(connectedTo: path, type) else { throw LoadError.system("connect", errno: errno) }
    return connected
}

/// One connection with at most one request under way.
struct Client {
    let descriptor: Int32
    private(set) var sentAt = ContinuousClock.now
    private(set) var buffer: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 65_536)

    init(_ path: String) throws {
        descriptor = try connectedSocket(path, SOCK_STREAM)
    }

    func close() { _ = Glibc.close(descriptor) }

    mutating func send(_ request: [UInt8], at now: ContinuousClock.Instant) throws {
        sentAt = now
        buffer.removeAll(keepingCapacity: true)
        // A request is far smaller than a socket's buffer, which is empty: it goes out whole.
        guard write(descriptor, request, request.count) == request.count else {
            throw LoadError.system("write", errno: errno)
        }
    }

    /// Takes what has come.
    mutating func receiveSome() throws {
        let count = read(descriptor, &chunk, chunk.count)
        guard count > 0 else { throw count == 0 ? LoadError.closed : LoadError.system("read", errno: errno) }
        buffer += chunk[..<count]
    }

    mutating func forget() { buffer.removeAll(keepingCapacity: true) }

    /// Whether the answer is whole.
    mutating func receive() throws -> Bool {
        try receiveSome()
        guard let head = Head(buffer) else { return false }
        guard head.status == "200" else { throw LoadError.unexpected("status \(head.status)") }
        return buffer.count >= head.length + head.contentLength
    }
}

/// The parts of an answer's head that the load generator needs.
private struct Head {
    let length: Int
    let status: String
    let contentLength: Int

    /// nil while it is not whole.
    init?(_ bytes: [UInt8]) {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count > 12,
            let end = (0...(bytes.count - 4)).first(where: { bytes[$0] == 13 && Array(bytes[$0..<$0 + 4]) == mark })
        else { return nil }
        length = end + 4
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        status = String(lines[0].split(separator: " ").dropFirst().first ?? "")
        let field = lines.first { $0.lowercased().hasPrefix("content-length:") }
        contentLength = field.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? .max / 2
    }
}
