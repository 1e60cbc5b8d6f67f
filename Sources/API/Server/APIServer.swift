package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import SecureTransport
package import Store
import Synchronization

/// Serves the store over a unix socket: the Kubernetes-shaped API and upstream's control socket, on one thread.
package final class APIServer: Sendable {
    private let router: Router
    private let services: Services
    private let limits: ServerLimits
    private let log: Logger
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let running = Mutex<Running?>(nil)

    private struct Running {
        var listeners: [any Channel]
        let socket: ControlSocket?
        let connections: NIOLoopBound<Connections>
    }

    package init(store: ResourceStore, services: Services, limits: ServerLimits = ServerLimits(), logger: Logger) {
        router = Router(store: store, services: services, limits: limits, log: logger)
        self.services = services
        self.limits = limits
        log = logger
    }

    /// Begins to answer at `path`, and on a socket that listens already when one is given.
    ///
    /// Throws `SocketFailure`.
    package func start(at path: String?, inheriting descriptor: Int32? = nil) async throws {
        let socket = try path.map { path throws(SocketFailure) in try ControlSocket(at: path) }
        let loop = group.next()
        let (router, services, limits, log) = (router, services, limits, log)
        let connections = try await loop.submit {
            NIOLoopBound(
                Connections(router: router, services: services, limits: limits, loop: loop, log: log),
                eventLoop: loop)
        }.get()
        let bootstrap = ServerBootstrap(group: group)
            // A flood of connections must not keep those that are there waiting.
            .serverChannelOption(.maxMessagesPerRead, value: 2)
            .childChannelOption(.socketOption(.so_sndbuf), value: Connections.socketBuffer)
            .conversing()
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try connections.value.accept(channel) }
            }
        var listeners: [any Channel] = []
        for descriptor in [socket?.descriptor, descriptor].compactMap({ $0 }) {
            listeners.append(try await bootstrap.withBoundSocket(descriptor).get())
        }
        socket?.restoreBacklog()
        let started = Running(listeners: listeners, socket: socket, connections: connections)
        running.withLock { $0 = started }
        log.info("control socket is open", metadata: ["path": "\(path ?? "inherited")"])
    }

    /// Answers peers on a TCP port too, once it was started; returns the port.
    ///
    /// Throws `TLSFailure`, or what the system says about the port.
    package func serve(_ peers: PeerListener) async throws -> Int {
        guard let connections = running.withLock({ $0?.connections }) else { throw ChannelError.ioOnClosedChannel }
        let loop = group.next()
        let security = try await loop.submit { NIOLoopBound(try TLSContext(peers.files), eventLoop: loop) }.get()
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            // A peer that is gone without a word is noticed.
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .conversing()
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try connections.value.accept(channel, over: security.value, managers: peers.managers)
                }
            }
            .bind(host: peers.address, port: peers.port).get()
        running.withLock { $0?.listeners.append(listener) }
        let port = listener.localAddress?.port ?? peers.port
        log.info("peers may connect", metadata: ["address": "\(peers.address)", "port": "\(port)"])
        return port
    }

    /// Closes the socket and every connection.
    package func stop() async {
        let running = running.withLock { running in
            defer { running = nil }
            return running
        }
        if let running {
            running.socket?.unpublish()
            for listener in running.listeners { listener.close(promise: nil) }
            let connections = running.connections
            group.next().execute { connections.value.closeAll() }
        }
        do {
            try await group.shutdownGracefully()
        } catch {
            log.error("server did not shut down", metadata: ["error": "\(error)"])
        }
    }
}

extension ServerBootstrap {
    /// How much one connection may take in at once, and be owed before it waits.
    fileprivate func conversing() -> ServerBootstrap {
        childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 16 * 1024)
            )
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 16 * 1024, high: 32 * 1024))
    }
}
