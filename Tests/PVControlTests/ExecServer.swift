import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// A server that runs no command, but talks the protocol of one: it answers each message as a closure says.
final class ExecServer: Sendable {
    let path = "/tmp/pvcontrol-\(UUID().uuidString.prefix(8)).sock"
    private let channel: any Channel
    private let log: (uris: Log, messages: Log)

    /// The messages of the client, as `channel:data`.
    var messages: [String] { log.messages.all }
    var requests: [String] { log.uris.all }

    init(_ answer: @escaping @Sendable (_ message: String) -> [String]) async throws {
        let uris = Log()
        let messages = Log()
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, head in
                uris.append(head.uri)
                let known = head.headers["Sec-WebSocket-Protocol"].contains("v5.channel.k8s.io")
                return channel.eventLoop.makeSucceededFuture(
                    known ? ["Sec-WebSocket-Protocol": "v5.channel.k8s.io"] : nil)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer: answer, messages: messages))
                }
            })
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        log = (uris, messages)
    }

    func stop() async throws {
        try await channel.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func append(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        typealias OutboundOut = WebSocketFrame

        private let answer: @Sendable (String) -> [String]
        private let messages: Log

        init(answer: @escaping @Sendable (String) -> [String], messages: Log) {
            self.answer = answer
            self.messages = messages
        }

        func handlerAdded(context: ChannelHandlerContext) { reply("start", context) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            guard frame.opcode == .binary else { return }
            let bytes = Array(frame.unmaskedData.readableBytesView)
            let message = "\(bytes[0]):" + String(decoding: bytes.dropFirst().map { $0 == 0 ? 48 : $0 }, as: UTF8.self)
            messages.append(message)
            reply(message, context)
        }

        private func reply(_ message: String, _ context: ChannelHandlerContext) {
            for answer in answer(message) {
                let number = UInt8(answer.prefix { $0 != ":" }) ?? 0
                let data = [number] + Array(answer.drop { $0 != ":" }.dropFirst().utf8)
                let frame = WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: data))
                context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
            }
        }
    }
}
