package import NIOCore

/// Speaks TLS with a peer: ciphertext towards the socket, plain bytes towards the handlers behind it.
///
/// Nothing is read for them before the peer has shown who it is.
package final class TLSHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private enum State {
        case handshake
        case open
        case closed
    }

    private let session: TLSSession
    private let timeout: TimeAmount
    private let identified: (String?, any Channel) throws -> Void
    private let failed: (TLSFailure) -> Void
    private var state = State.handshake
    private var deadline: Scheduled<Void>?

    private static let pieceSize = 16 * 1024

    /// - Parameters:
    ///   - timeout: how long a peer may take until it has shown itself.
    ///   - identified: called once, with the common name of its certificate; adds the handlers that speak with it.
    ///   - failed: called when it could not show itself.
    package init(
        _ context: TLSContext, timeout: TimeAmount, identified: @escaping (String?, any Channel) throws -> Void,
        failed: @escaping (TLSFailure) -> Void
    ) throws(TLSFailure) {
        session = try context.session()
        self.timeout = timeout
        self.identified = identified
        self.failed = failed
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: timeout) {
            handler.value.fail(TLSFailure(description: "the handshake took too long"), bound.value)
        }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        state = .closed
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard bytes.withUnsafeReadableBytes({ session.feed($0) }) else {
            return fail(TLSFailure(description: "no memory"), context)
        }
        if case .handshake = state { shakeHands(context) }
        if case .open = state { decrypt(context) }
        send(context)
        context.flush()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        // Cut off without a goodbye: what came may not be all that was sent, so nobody gets to act on it.
        if case .closed = state { return }
        close(context, promise: nil)
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        guard case .open = state, bytes.withUnsafeReadableBytes({ session.write($0) }) else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        send(context, promise)
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else { return context.close(mode: mode, promise: promise) }
        close(context, promise: promise)
    }

    private func shakeHands(_ context: ChannelHandlerContext) {
        switch session.handshake() {
        case .wantsMore: return
        case .closed, .failed: return fail(session.failure, context)
        case .done: break
        }
        deadline?.cancel()
        state = .open
        do {
            try identified(session.subject, context.channel)
        } catch {
            close(context, promise: nil)
        }
    }

    private func decrypt(_ context: ChannelHandlerContext) {
        while case .open = state {
            var buffer = context.channel.allocator.buffer(capacity: TLSHandler.pieceSize)
            var outcome = TLSSession.Outcome.wantsMore
            _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: TLSHandler.pieceSize) { bytes in
                let (count, end) = session.read(into: bytes)
                outcome = end
                return count
            }
            switch outcome {
            case .done: context.fireChannelRead(wrapInboundOut(buffer))
            case .wantsMore: return context.fireChannelReadComplete()
            case .closed:
                context.fireChannelReadComplete()
                return context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            case .failed: return close(context, promise: nil)
            }
        }
    }

    /// Hands on the ciphertext there is; `promise` is kept when the last of it is taken.
    private func send(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>? = nil) {
        var pieces = context.channel.allocator.buffer(capacity: TLSHandler.pieceSize)
        var count = 0
        repeat {
            count = pieces.writeWithUnsafeMutableBytes(minimumWritableBytes: TLSHandler.pieceSize) {
                session.take(into: $0)
            }
        } while count > 0
        if pieces.readableBytes > 0 {
            context.write(wrapOutboundOut(pieces), promise: promise)
        } else {
            promise?.succeed(())
        }
    }

    /// The peer is told why, as far as TLS has words for it.
    private func fail(_ failure: TLSFailure, _ context: ChannelHandlerContext) {
        if case .closed = state { return }
        failed(failure)
        close(context, promise: nil)
    }

    private func close(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        if case .closed = state { return context.close(promise: promise) }
        if case .open = state { session.close() }
        state = .closed
        deadline?.cancel()
        send(context)
        context.flush()
        context.close(promise: promise)
    }
}
