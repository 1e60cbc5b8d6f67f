import NIOCore

/// Answers that are sent in pieces.
extension ConnectionHandler: StreamSink {
    var isWritable: Bool { share.hasRoom && context?.channel.isWritable ?? false }

    /// In HTTP/1.0 the end of the connection ends the answer, as it may where it ends anyway; but of bytes that are cut
    /// off nobody could tell.
    private var isChunked: Bool {
        guard knowsChunks, case .answering(let closes) = state else { return false }
        return !closes || marksEnd
    }

    func begin(contentType: String) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 128)
        buffer.writeStatusLine(.ok)
        buffer.writeHeader("Content-Type", contentType)
        if isChunked {
            buffer.writeHeader("Transfer-Encoding", "chunked")
        }
        if case .answering(true) = state { buffer.writeHeader("Connection", "close") }
        buffer.writeStaticString("\r\n")
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    @discardableResult
    func send(_ piece: ByteBuffer) -> EventLoopFuture<Void>? {
        guard let context, case .answering = state else { return nil }
        defer { owe(piece.readableBytes) }
        guard isChunked else { return context.writeAndFlush(wrapOutboundOut(piece)) }
        var buffer = context.channel.allocator.buffer(capacity: piece.readableBytes + 16)
        buffer.writeString(String(piece.readableBytes, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeImmutableBuffer(piece)
        buffer.writeStaticString("\r\n")
        return context.writeAndFlush(wrapOutboundOut(buffer))
    }

    func end(closing: Bool) {
        guard let context, case .answering(let closes) = state else { return }
        watch = nil
        var buffer = context.channel.allocator.buffer(capacity: 8)
        if isChunked { buffer.writeStaticString("0\r\n\r\n") }
        write(buffer, closing: closes || closing)
    }

    func startWatch(_ plan: WatchPlan) {
        guard let context else { return }
        let stream = WatchStream(plan, limits: limits, loop: context.eventLoop, seat: seat, sink: self)
        watch = stream
        stream.start()
        // It would never end: the client has sent all that it will, and waited for its turn since.
        if isInputClosed { close() }
    }

    func startStream(
        _ contentType: String,
        _ body: @escaping @Sendable () async throws -> any AsyncSequence<[UInt8], any Error> & Sendable
    ) {
        guard let context else { return }
        marksEnd = true
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        work = Task {
            do {
                let bytes = try await body()
                loop.execute { connection.value.begin(contentType: contentType) }
                for try await piece in bytes where !piece.isEmpty {
                    try await loop.flatSubmit {
                        connection.value.send(ByteBuffer(bytes: piece))
                            ?? loop.makeFailedFuture(ChannelError.ioOnClosedChannel)
                    }.get()
                }
                loop.execute { connection.value.end(closing: false) }
            } catch let failure as KubeStatus {
                loop.execute { connection.value.answer(failure.response) }
            } catch let refusal as Refusal {
                loop.execute { connection.value.answer(refusal.response) }
            } catch {
                loop.execute { connection.value.close() }
            }
        }
    }

    /// Instead of the pieces that were asked for.
    func answer(_ response: Response) {
        guard case .answering(let closes) = state else { return }
        send(response, closing: closes)
    }
}

/// Where an answer in pieces goes.
///
/// All of it happens on the connection's event loop.
protocol StreamSink: AnyObject {
    /// Whether the client keeps up.
    var isWritable: Bool { get }
    func begin(contentType: String)
    /// The future ends when the client's socket took it; nil when the connection is gone.
    @discardableResult func send(_ piece: ByteBuffer) -> EventLoopFuture<Void>?
    func end(closing: Bool)
}
