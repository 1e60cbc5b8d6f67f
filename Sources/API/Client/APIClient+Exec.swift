import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

extension APIClient {
    private typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
    private typealias Parts = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private enum Upgrade: Sendable {
        case websocket(Frames)
        case refused(Parts)
    }

    /// How an exec ended.
    package enum ExecResult: Sendable, Equatable {
        case exited(code: Int32, message: String)
        /// The server did not start it; its answer says why.
        case refused(APIResponse)
    }

    /// Opens a websocket at `path`, gives the session to `started`, and every piece of output to `received`.
    ///
    /// Throws a `ClientError`, or what `received` throws.
    package func exec(
        _ path: String, started: (ExecSession) async -> Void, received: (ExecSession.Output) async throws -> Void
    ) async throws -> ExecResult {
        switch try await upgrade(path) {
        case .refused(let parts): return .refused(try await refusal(parts))
        case .websocket(let frames):
            return try await frames.executeThenClose { inbound, outbound in
                await started(ExecSession(outbound))
                return try await receive(inbound, outbound, received)
            }
        }
    }

    private func receive(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>,
        _ received: (ExecSession.Output) async throws -> Void
    ) async throws -> ExecResult {
        var frames = inbound.makeAsyncIterator()
        var message: [UInt8] = []
        while let frame = try await nextFrame(&frames) {
            switch frame.opcode {
            case .ping:
                await ExecSession(outbound).pong(Array(frame.unmaskedData.readableBytesView))
            case .binary, .text, .continuation:
                message += frame.unmaskedData.readableBytesView
                guard frame.fin else { continue }
                let output = ExecSession.output(message)
                message = []
                if case .exited(let code, let text)? = output { return .exited(code: code, message: text) }
                if let output { try await received(output) }
            default: break
            }
        }
        throw ClientError.closed(endpoint)
    }

    private func nextFrame(
        _ frames: inout NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator
    ) async throws(ClientError) -> WebSocketFrame? {
        do {
            return try await frames.next()
        } catch {
            throw ClientError(error, at: endpoint)
        }
    }

    private func refusal(_ parts: Parts) async throws -> APIResponse {
        try await parts.executeThenClose { inbound, _ in
            var iterator = inbound.makeAsyncIterator()
            guard case .head(let head)? = try await iterator.next() else { throw ClientError.closed(endpoint) }
            var body = ResponseBody(iterator, from: endpoint)
            var bytes: [UInt8] = []
            while let piece = try await body.next() { bytes += piece }
            let known = APIResponseHead(head)
            return APIResponse(status: known.status, contentType: known.contentType, body: bytes)
        }
    }

    private func upgrade(_ path: String) async throws -> Upgrade {
        var head = APIRequest(.get, path, accept: "*/*").head()
        head.headers.add(name: "Content-Length", value: "0")
        head.headers.add(name: "Sec-WebSocket-Protocol", value: ExecSession.subprotocol)
        let request = head
        let upgraded = try await connect { channel in
            channel.eventLoop.makeCompletedFuture {
                var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
                    upgradeConfiguration: Self.upgradeConfiguration(request))
                // The command may have written before we read the answer to the handshake.
                configuration.leftOverBytesStrategy = .forwardBytes
                return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                    configuration: configuration)
            }
        }
        do {
            return try await upgraded.get()
        } catch {
            throw ClientError(error, at: endpoint)
        }
    }

    private static func upgradeConfiguration(
        _ request: HTTPRequestHead
    ) -> NIOTypedHTTPClientUpgradeConfiguration<Upgrade> {
        let websocket = NIOTypedWebSocketClientUpgrader<Upgrade>(maxFrameSize: 1 << 20) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                .websocket(try Frames(wrappingChannelSynchronously: channel))
            }
        }
        return NIOTypedHTTPClientUpgradeConfiguration(upgradeRequestHead: request, upgraders: [websocket]) { channel in
            channel.eventLoop.makeCompletedFuture { .refused(try Parts(wrappingChannelSynchronously: channel)) }
        }
    }
}
