import Glibc

/// Something a client should not do to a server, done as hard as one process can.
struct Attack {
    enum Kind: String, CaseIterable {
        /// Connections are opened and closed, one after the other.
        case abandon
        /// Connections are opened and say half a header, each, and no more.
        case half
        /// Valid requests, many sent ahead on each connection; the answers are read.
        case flood
        /// What is no request, on ever new connections.
        case garbage
        /// Lists are asked for again and again, and no answer is read.
        case deaf
        /// Watches that are not read.
        case watch
        /// Logs that are followed and not read.
        case log
        /// Bodies of which the last byte does not come.
        case body
        /// Commands are started, and spoken with in broken frames and pings whose answers are not read.
        case websocket
    }

    let kind: Kind
    let socket: String
    /// A container's path.
    let resource: String
    let connections: Int
    let duration: Duration

    /// Prints how many connections were opened.
    func run() throws {
        // A server that hangs up is what is asked for.
        signal(SIGPIPE, SIG_IGN)
        let end = ContinuousClock.now + duration
        var opened = 0
        var lines: [Assailant] = []
        while ContinuousClock.now < end {
            while lines.count < connections, let line = Assailant(socket) {
                lines.append(line)
                opened += 1
                if kind == .abandon { break }
            }
            for index in lines.indices { act(&lines[index]) }
            wait(for: lines)
            for line in lines where line.isOver { line.close() }
            lines.removeAll(where: \.isOver)
        }
        for line in lines { line.close() }
        print("\(kind.rawValue): \(opened) connections opened")
    }

    private func act(_ line: inout Assailant) {
        let isNew = line.isNew
        line.isNew = false
        switch kind {
        case .abandon: line.isOver = true
        case .half: if isNew { line.send(Array("GET /containers HTTP/1.1\r\nHost: loc".utf8)) }
        case .flood:
            line.send(repeated("GET \(resource) HTTP/1.1\r\nHost: localhost\r\n\r\n", isNew ? 100 : 20))
            line.receive()
        case .garbage:
            line.send(Array("\u{16}\u{3}\u{1} BREW /\r\n\r\n".utf8))
            line.receive()
        case .deaf: line.send(repeated("GET \(collection) HTTP/1.1\r\nHost: localhost\r\n\r\n", 20))
        case .watch: if isNew { line.send(Array("GET \(collection)?watch=1 HTTP/1.1\r\n\r\n".utf8)) }
        case .log: if isNew { line.send(Array("GET \(resource)/log?follow=1 HTTP/1.1\r\n\r\n".utf8)) }
        case .body:
            if isNew {
                line.send(
                    Array(
                        ("PATCH \(resource) HTTP/1.1\r\nContent-Type: application/merge-patch+json\r\n"
                            + "Content-Length: 1000000\r\n\r\n").utf8))
            }
            if line.sent < 990_000 { line.send(Array(repeating: 32, count: 16_384)) }
        case .websocket:
            if isNew { line.send(Array(handshake.utf8)) }
            line.send(
                Array(repeating: [0x89, 0x80, 0, 0, 0, 0, 0x82, 0x81, 0, 0, 0, 0, 7], count: 200).flatMap(\.self))
        }
    }

    private var collection: String { String(resource.prefix(upTo: resource.lastIndex(of: "/") ?? resource.endIndex)) }

    private var handshake: String {
        "GET \(resource)/exec?command=sleep&command=1000&stdin=1&stdout=1 HTTP/1.1\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n"
    }

    private func repeated(_ text: String, _ count: Int) -> [UInt8] {
        Array(String(repeating: text, count: count).utf8)
    }

    /// Until something can be done: busy with those that read, patient with the others.
    private func wait(for lines: [Assailant]) {
        guard kind != .abandon, !lines.isEmpty else { return }
        let reads = kind == .flood || kind == .garbage
        var polls = lines.map {
            pollfd(
                fd: $0.descriptor, events: Int16(reads ? POLLIN : 0) | Int16($0.owes ? POLLOUT : 0), revents: 0)
        }
        _ = poll(&polls, nfds_t(polls.count), reads ? 10 : 50)
    }
}

/// One connection of an attack; it never blocks.
struct Assailant {
    let descriptor: Int32
    var isNew = true
    var isOver = false
    private(set) var sent = 0
    private var unsent: [UInt8] = []

    /// nil when the server takes no connection now.
    init?(_ path: String) {
        guard let descriptor = unixSocket(connectedTo: path, flags: Int32(SOCK_NONBLOCK.rawValue)) else { return nil }
        self.descriptor = descriptor
    }

    var owes: Bool { !unsent.isEmpty }

    /// Sends as much as is taken; what is left goes first the next time.
    mutating func send(_ bytes: [UInt8]) {
        if unsent.isEmpty { unsent = bytes }
        let count = write(descriptor, unsent, unsent.count)
        if count > 0 {
            sent += count
            unsent.removeFirst(count)
        } else if errno != EAGAIN {
            isOver = true
        }
    }

    mutating func receive() {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &bytes, bytes.count)
        if count == 0 || (count < 0 && errno != EAGAIN) { isOver = true }
    }

    func close() { _ = Glibc.close(descriptor) }
}

/// A socket that is connected, or nil; `errno` says why.
func unixSocket(connectedTo path: String, _ type: __socket_type = SOCK_STREAM, flags: Int32 = 0) -> Int32? {
    let descriptor = Glibc.socket(AF_UNIX, Int32(type.rawValue) | flags, 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
        close(descriptor)
        errno = ENAMETOOLONG
        return nil
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    guard result == 0 else {
        let why = errno
        close(descriptor)
        errno = why
        return nil
    }
    return descriptor
}
