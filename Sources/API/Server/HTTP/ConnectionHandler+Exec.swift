import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The change from HTTP to a WebSocket that speaks with a command.
extension ConnectionHandler {
    /// The command is started first: what prevents it is then still an answer that clients can read.
    func startExec(_ plan: ExecPlan) {
        guard let context else { return }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        work = Task {
            do {
                let conversation = try await plan.source.start(
                    plan.command, terminal: plan.terminal, in: plan.container)
                loop.execute { connection.value.upgrade(plan, conversation) }
            } catch {
                let failure = KubeStatus(.internalError, "cannot run the command in \(plan.container): \(error)")
                loop.execute { connection.value.answer(failure.response) }
            }
        }
    }

    private func upgrade(_ plan: ExecPlan, _ conversation: any ExecConversation) {
        guard let context, case .answering = state else { return conversation.cancel() }
        // From here the conversation ends with its handler, not with this one.
        work = nil
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        head.headers.add(name: "Sec-WebSocket-Key", value: plan.webSocket.key)
        head.headers.add(name: "Sec-WebSocket-Version", value: plan.webSocket.version)
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        upgrader.buildUpgradeResponse(channel: context.channel, upgradeRequest: head, initialResponseHeaders: [:])
            .whenComplete { result in
                switch result {
                case .success(let headers): connection.value.speak(plan, conversation, headers)
                case .failure:
                    conversation.cancel()
                    connection.value.answer(
                        KubeStatus(.badRequest, "the WebSocket handshake is not valid").response)
                }
            }
    }

    private func speak(_ plan: ExecPlan, _ conversation: any ExecConversation, _ headers: HTTPHeaders) {
        guard let context, case .answering = state else { return conversation.cancel() }
        var buffer = context.channel.allocator.buffer(capacity: 256)
        buffer.writeStaticString("HTTP/1.1 101 Switching Protocols\r\n")
        for header in headers { buffer.writeHeader(header.name, header.value) }
        buffer.writeHeader("Sec-WebSocket-Protocol", plan.subprotocol)
        buffer.writeStaticString("\r\n")
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        state = .closing
        let channel = context.channel
        do {
            try channel.pipeline.syncOperations.addHandlers(
                [
                    WebSocketFrameEncoder(),
                    ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: ExecHandler.frameLimit)),
                    NIOWebSocketFrameAggregator(
                        minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
                        maxAccumulatedFrameSize: ExecHandler.frameLimit),
                    ExecHandler(conversation, hasInput: plan.hasInput, ended: passOnStream()),
                ], position: .after(self))
        } catch {
            conversation.cancel()
            return close()
        }
        leave(channel)
    }

    /// Takes HTTP out of the pipeline, and lets through what the client has sent since.
    private func leave(_ channel: any Channel) {
        let gate = NIOLoopBound(gate, eventLoop: channel.eventLoop)
        let pipeline = channel.pipeline.syncOperations
        let connection = NIOLoopBound(self, eventLoop: channel.eventLoop)
        do {
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
            pipeline.removeHandler(context: decoder)
                .flatMap { channel.pipeline.syncOperations.removeHandler(connection.value) }
                .whenComplete { _ in gate.value.openForGood() }
        } catch {
            close()
        }
    }
}
