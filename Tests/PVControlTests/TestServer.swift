import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on a unix socket that answers as a closure says.
final class TestServer: Sendable {
    struct Request: Sendable, Equatable, CustomStringConvertible {
        let method: String
        let path: String
        let headers: [String: String]
        let body: String

        var description: String { body.isEmpty ? "\(method) \(path)" : "\(method) \(path) \(body)" }
        var wantsTable: Bool { headers["accept"]?.contains("as=Table") ?? false }
    }

    enum Answer: Sendable {
        case whole(Int, String, contentType: String = "application/json")
        /// Pieces of a chunked body; `ends: false` keeps the connection open after the last.
        case stream([String], ends: Bool = true)
        /// Closes without a word.
        case drop
    }

    let path: String
    private let log = Mutex<[Request]>([])
    private let channel: any Channel

    var requests: [Request] { log.withLock { $0 } }

    init(_ answer: @escaping @Sendable (Request) -> Answer) async throws {
        path = "/tmp/pvcontrol-\(UUID().uuidString.prefix(8)).sock"
        let record = Mutex<@Sendable (Request) -> Void>({ _ in })
        let handlerRecord: @Sendable (Request) -> Void = { request in record.withLock { $0 }(request) }
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(answer: answer, record: handlerRecord))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        record.withLock { $0 = { [weak self] request in self?.log.withLock { $0.append(request) } } }
    }

    func stop() async throws {
        try await channel.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: @Sendable (Request) -> Answer
        private let record: @Sendable (Request) -> Void
        private var head: HTTPRequestHead?
        private var body = ""

        init(answer: @escaping @Sendable (Request) -> Answer, record: @escaping @Sendable (Request) -> Void) {
            self.answer = answer
            self.record = record
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = ""
            case .body(let bytes): body += String(buffer: bytes)
            case .end:
                guard let head else { return }
                let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $1 }
                let request = Request(method: head.method.rawValue, path: head.uri, headers: headers, body: body)
                record(request)
                write(answer(request), context)
            }
        }

        private func write(_ answer: Answer, _ context: ChannelHandlerContext) {
            switch answer {
            case .drop: context.close(promise: nil)
            case .whole(let status, let text, let contentType):
                let headers: HTTPHeaders = ["Content-Type": contentType, "Content-Length": "\(text.utf8.count)"]
                writeHead(status, headers, context)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .stream(let pieces, let ends):
                writeHead(200, ["Content-Type": "application/json", "Transfer-Encoding": "chunked"], context)
                for piece in pieces {
                    context.writeAndFlush(
                        wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: piece)))), promise: nil)
                }
                context.flush()
                if ends { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
            }
        }

        private func writeHead(_ status: Int, _ headers: HTTPHeaders, _ context: ChannelHandlerContext) {
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
        }
    }
}
