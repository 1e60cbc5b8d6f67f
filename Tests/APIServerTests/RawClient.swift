import NIOCore
import NIOPosix

/// A client that sends exactly what it is told, and shows exactly what comes back.
actor RawClient {
    private let channel: any Channel
    private var pieces: AsyncStream<[UInt8]>.Iterator
    private var received: [UInt8] = []
    private(set) var isAtEnd = false

    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(_ path: String) async throws {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        let bootstrap = ClientBootstrap(group: RawClient.group)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
        channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
        pieces = stream.makeAsyncIterator()
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Sends what may never be taken, because the server has hung up.
    func sendRegardless(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Sends, and waits until it is sent; false when the server has hung up.
    func isTaken(_ bytes: [UInt8]) async -> Bool {
        do {
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
            return true
        } catch {
            return false
        }
    }

    /// Everything up to and with this text; what follows is kept for the next call.
    ///
    /// At the end: all there is.
    func receive(through text: String) async -> String {
        let wanted = Array(text.utf8)
        while true {
            if let end = received.endOfFirst(wanted) { return take(end) }
            guard await receiveMore() else { return take(received.count) }
        }
    }

    func receive(count: Int) async -> String {
        while received.count < count, await receiveMore() {}
        return take(min(count, received.count))
    }

    /// Everything until the server closes.
    func receiveAll() async -> String {
        while await receiveMore() {}
        return take(received.count)
    }

    /// One whole answer with a Content-Length.
    func receiveResponse() async -> RawResponse {
        let head = await receive(through: "\r\n\r\n")
        let response = RawResponse(head)
        guard let length = response.header("Content-Length").flatMap({ Int($0) }) else { return response }
        return RawResponse(head + (await receive(count: length)))
    }

    /// Sends, and ends the sending side in the same turn of the loop.
    func sendAndFinish(_ text: String) async throws {
        let channel = channel
        try await channel.eventLoop.flatSubmit {
            channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
            return channel.close(mode: .output)
        }.get()
    }

    /// Ends the sending side only.
    func finishSending() async throws {
        try await channel.close(mode: .output)
    }

    func close() async throws {
        try await channel.close()
    }

    /// Stops taking what the server sends.
    func stopReading() async throws {
        try await channel.setOption(.autoRead, value: false).get()
    }

    /// Until the server has hung up, whether or not everything was taken.
    func waitUntilClosed() async throws {
        try await channel.closeFuture.get()
    }

    private func receiveMore() async -> Bool {
        guard !isAtEnd else { return false }
        var iterator = pieces
        guard let piece = await iterator.next(isolation: #isolation) else {
            isAtEnd = true
            return false
        }
        pieces = iterator
        received += piece
        return true
    }

    private func take(_ count: Int) -> String {
        defer { received.removeFirst(count) }
        return String(decoding: received.prefix(count), as: UTF8.self)
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let pieces: AsyncStream<[UInt8]>.Continuation

    init(_ pieces: AsyncStream<[UInt8]>.Continuation) {
        self.pieces = pieces
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pieces.yield(Array(unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) {
        pieces.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

extension [UInt8] {
    fileprivate func endOfFirst(_ wanted: [UInt8]) -> Int? {
        guard count >= wanted.count else { return nil }
        return (wanted.count...count).first { self[($0 - wanted.count)..<$0].elementsEqual(wanted) }
    }
}

/// An answer as it came over the wire.
struct RawResponse: Sendable, Equatable {
    let status: Int
    let headers: [String]
    let body: String

    init(_ text: String) {
        let (head, body) = text.split(around: "\r\n\r\n")
        let lines = head.split(separator: "\r\n").map(String.init)
        status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
        headers = Array(lines.dropFirst())
        let isChunked = headers.contains { $0.lowercased() == "transfer-encoding: chunked" }
        self.body = isChunked ? body.withoutChunks : body
    }

    func header(_ name: String) -> String? {
        headers.first { $0.lowercased().hasPrefix("\(name.lowercased()): ") }.map {
            String($0.dropFirst(name.count + 2))
        }
    }
}

extension String {
    /// The content of a chunked body, as far as it came.
    fileprivate var withoutChunks: String {
        var rest = Array(utf8)[...]
        var content: [UInt8] = []
        while let end = rest.firstIndex(of: 10) {
            let length = Int(String(decoding: rest[..<end].dropLast(), as: UTF8.self), radix: 16) ?? 0
            content += rest[(end + 1)...].prefix(length)
            rest = rest[(end + 1)...].dropFirst(length + 2)
        }
        return String(decoding: content, as: UTF8.self)
    }

    fileprivate func split(around separator: String) -> (String, String) {
        let bytes = Array(utf8)
        guard let end = bytes.endOfFirst(Array(separator.utf8)) else { return (self, "") }
        let head = bytes[..<(end - separator.utf8.count)]
        return (String(decoding: head, as: UTF8.self), String(decoding: bytes[end...], as: UTF8.self))
    }
}
