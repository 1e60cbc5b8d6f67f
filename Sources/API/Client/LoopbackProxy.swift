import NIOCore
import NIOPosix

/// Passes bytes between TCP clients on the loopback interface and the control socket, for tools that cannot dial one.
///
/// Whoever can connect to the port is, to the server, the process that runs the proxy: it listens on loopback only.
package struct LoopbackProxy: Sendable {
    private typealias Bytes = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let client: APIClient

    package init(to endpoint: Endpoint) {
        client = APIClient(endpoint)
    }

    /// Whether an address is reachable from this host alone.
    package static func isLoopback(_ address: String) -> Bool {
        if address == "localhost" || address == "::1" { return true }
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Serves until the task is cancelled.
    ///
    /// `ready` is told the port; `failed` of each connection that found no server.
    package func run(
        address: String, port: Int, ready: (_ port: Int) throws -> Void,
        failed: @escaping @Sendable (ClientError) -> Void
    ) async throws {
        let listener = try await listen(address, port)
        try await listener.executeThenClose { connections in
            try ready(listener.channel.localAddress?.port ?? port)
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections {
                    group.addTask { await serve(connection, failed) }
                }
            }
        }
    }

    private func listen(_ address: String, _ port: Int) async throws(ClientError) -> NIOAsyncChannel<Bytes, Never> {
        do {
            return try await ServerBootstrap(group: APIClient.loops)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .bind(host: address, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture { try LoopbackProxy.wrap(channel) }
                }
        } catch {
            throw ClientError(error, at: .tcp(host: address, port: port))
        }
    }

    private func serve(_ connection: Bytes, _ failed: @Sendable (ClientError) -> Void) async {
        do {
            let server = try await client.connect { channel in
                channel.setOption(.allowRemoteHalfClosure, value: true).flatMapThrowing {
                    try LoopbackProxy.wrap(channel)
                }
            }
            // Losing the error is right: one side went away, and closing both is all there is to do.
            try? await LoopbackProxy.relay(connection, server)
        } catch {
            failed(ClientError(error, at: client.endpoint))
            // Losing the error is right: the connection is closed either way.
            try? await connection.executeThenClose { _, _ in }
        }
    }

    private static func wrap(_ channel: any Channel) throws -> Bytes {
        try Bytes(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    private static func relay(_ left: Bytes, _ right: Bytes) async throws {
        try await left.executeThenClose { fromLeft, toLeft in
            try await right.executeThenClose { fromRight, toRight in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await pass(fromLeft, toRight) }
                    group.addTask { try await pass(fromRight, toLeft) }
                    try await group.waitForAll()
                }
            }
        }
    }

    private static func pass(
        _ source: NIOAsyncChannelInboundStream<ByteBuffer>, _ target: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        for try await bytes in source { try await target.write(bytes) }
        target.finish()
    }
}
