import JSON
import NIOCore
import NIOWebSocket

/// Speaks `v5.channel.k8s.io` with a client about one command.
///
/// The first byte of each message is its channel: 0 input, 1 output, 2 errors, 3 the end, 4 the terminal's size, 255 the
/// end of a channel.
final class ExecHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private enum Channel {
        static let input: UInt8 = 0
        static let output: UInt8 = 1
        static let errors: UInt8 = 2
        static let status: UInt8 = 3
        static let size: UInt8 = 4
        static let end: UInt8 = 255
    }

    static let frameLimit = 1024 * 1024
    /// Longer ones are against the protocol (RFC 6455 §5.5).
    private static let pingLimit = 125
    /// Input that waits for the command; beyond it nothing more is read from the client.
    private static let inputLimit = 256 * 1024
    /// What each message of input costs beside its bytes.
    private static let messageCost = 64

    private let conversation: any ExecConversation
    private let ended: () -> Void
    private let input: AsyncStream<[UInt8]>
    private let feed: AsyncStream<[UInt8]>.Continuation
    private var waitingInput = 0
    private var tasks: [Task<Void, Never>] = []
    private var context: ChannelHandlerContext?

    /// - Parameter ended: called once, when the client or the command is gone.
    init(_ conversation: any ExecConversation, hasInput: Bool, ended: @escaping () -> Void) {
        self.conversation = conversation
        self.ended = ended
        (input, feed) = AsyncStream.makeStream()
        if !hasInput { endInput() }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let (conversation, input, loop) = (conversation, input, context.eventLoop)
        tasks = [
            Task { await ExecHandler.pump(conversation, to: handler, on: loop) },
            Task { await ExecHandler.feed(conversation, from: input, handler, on: loop) },
        ]
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        feed.finish()
        for task in tasks { task.cancel() }
        conversation.cancel()
        ended()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary, .text: take(frame.unmaskedData)
        case .ping: answer(frame)
        case .connectionClose: context.close(promise: nil)
        default: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// A client that pings and takes no answers is owed none.
    private func answer(_ ping: WebSocketFrame) {
        guard let context, context.channel.isWritable else { return }
        guard ping.unmaskedData.readableBytes <= ExecHandler.pingLimit else { return context.close(promise: nil) }
        send(WebSocketFrame(fin: true, opcode: .pong, data: ping.unmaskedData))
    }

    private func take(_ message: ByteBuffer) {
        var message = message
        guard let channel = message.readInteger(as: UInt8.self) else { return }
        let bytes = Array(message.readableBytesView)
        switch channel {
        case Channel.input where !bytes.isEmpty:
            waitingInput += bytes.count + ExecHandler.messageCost
            feed.yield(bytes)
            if waitingInput > ExecHandler.inputLimit { setReading(false) }
        case Channel.size: resize(bytes)
        case Channel.end where bytes.first == Channel.input: endInput()
        default: break
        }
    }

    private func endInput() {
        feed.yield([])
        feed.finish()
    }

    private func resize(_ bytes: [UInt8]) {
        // A size that cannot be read changes nothing.
        guard let size = try? JSONValue(parsing: bytes), let columns = size["Width"]?.integer,
            let rows = size["Height"]?.integer, (1...10_000).contains(columns), (1...10_000).contains(rows)
        else { return }
        conversation.resize(columns: Int(columns), rows: Int(rows))
    }

    private func took(_ count: Int) {
        waitingInput -= count + (count > 0 ? ExecHandler.messageCost : 0)
        if waitingInput <= ExecHandler.inputLimit / 2 { setReading(true) }
    }

    private func setReading(_ isReading: Bool) {
        context?.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
    }

    /// The future ends when the client took it: that is what makes a command wait for a slow reader.
    @discardableResult
    private func send(_ frame: WebSocketFrame) -> EventLoopFuture<Void>? {
        context?.writeAndFlush(wrapOutboundOut(frame))
    }

    private func send(_ channel: UInt8, _ bytes: [UInt8]) -> EventLoopFuture<Void>? {
        guard let context else { return nil }
        var data = context.channel.allocator.buffer(capacity: bytes.count + 1)
        data.writeInteger(channel)
        data.writeBytes(bytes)
        return send(WebSocketFrame(fin: true, opcode: .binary, data: data))
    }

    private func end(_ status: JSONValue) {
        guard let context else { return }
        send(Channel.status, status.compactBytes())?.whenFailure { _ in }
        var data = context.channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: .normalClosure)
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        send(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))?
            .whenComplete { _ in handler.value.context?.close(promise: nil) }
    }
}

extension ExecHandler {
    private static func pump(
        _ conversation: any ExecConversation, to handler: NIOLoopBound<ExecHandler>, on loop: any EventLoop
    ) async {
        for await chunk in conversation.output {
            let (channel, bytes) =
                switch chunk {
                case .standardOutput(let bytes): (Channel.output, bytes)
                case .standardError(let bytes): (Channel.errors, bytes)
                }
            do {
                try await loop.flatSubmit {
                    handler.value.send(channel, bytes) ?? loop.makeFailedFuture(ChannelError.ioOnClosedChannel)
                }.get()
            } catch {
                return conversation.cancel()
            }
        }
        let status: JSONValue
        do {
            status = ExecHandler.status(try await conversation.exitCode())
        } catch {
            status = KubeStatus(.internalError, "the command was lost: \(error)").document
        }
        loop.execute { handler.value.end(status) }
    }

    private static func feed(
        _ conversation: any ExecConversation, from input: AsyncStream<[UInt8]>,
        _ handler: NIOLoopBound<ExecHandler>, on loop: any EventLoop
    ) async {
        for await bytes in input {
            do {
                try await conversation.write(bytes)
            } catch {
                // A command that closed its input goes on; only what is sent to it is lost.
            }
            let count = bytes.count
            loop.execute { handler.value.took(count) }
        }
    }

    private static func status(_ code: Int) -> JSONValue {
        guard code != 0 else { return ["metadata": [:], "status": "Success"] }
        return [
            "metadata": [:], "status": "Failure",
            "message": .string("command terminated with non-zero exit code: exit status \(code)"),
            "reason": "NonZeroExitCode",
            "details": ["causes": [["reason": "ExitCode", "message": .string(String(code))]]],
        ]
    }
}
