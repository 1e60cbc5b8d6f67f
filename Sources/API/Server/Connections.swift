import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import SecureTransport

/// All open connections of a server.
///
/// It lives on the server's one thread.
final class Connections {
    private let router: Router
    private let callers: any CallerIdentifier
    private let limits: ServerLimits
    private let log: Logger
    private let census: ConnectionCensus
    private var open: [ObjectIdentifier: any Channel] = [:]

    init(router: Router, callers: any CallerIdentifier, limits: ServerLimits, log: Logger) {
        self.router = router
        self.callers = callers
        self.limits = limits
        self.log = log
        census = ConnectionCensus(limits)
    }

    /// Identifies a new connection's caller and lets it speak, unless there are too many.
    func accept(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let callers = callers
        let caller =
            try pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { callers.identify($0) }
            ?? .unknown
        guard census.admit(caller) else {
            log.warning("connection refused, there are too many", metadata: ["caller": "\(caller)"])
            return try pipeline.addHandler(RefusalHandler())
        }
        keep(channel, of: caller)
        try addHandlers(to: channel, caller)
    }

    private func keep(_ channel: any Channel, of caller: Caller) {
        let key = ObjectIdentifier(channel)
        open[key] = channel
        let connections = NIOLoopBound(self, eventLoop: channel.eventLoop)
        channel.closeFuture.whenComplete { _ in
            connections.value.open[key] = nil
            connections.value.census.release(caller)
        }
    }

    /// Lets a peer shake hands, unless there are too many; all peers together have the limit of one container, for who
    /// they are is not known before they have taken their share.
    func accept(_ channel: any Channel, over security: TLSContext, managers: Set<String>) throws {
        let somebody = Caller.remote("", isManager: false)
        guard census.admit(somebody) else {
            log.warning("connection refused, there are too many", metadata: ["caller": "peers"])
            return channel.close(promise: nil)
        }
        keep(channel, of: somebody)
        let (log, connections) = (log, self)
        let handler = try TLSHandler(security, timeout: TimeAmount(limits.headTimeout)) { name, channel in
            let caller = name.map { Caller.remote($0, isManager: managers.contains($0)) } ?? .unknown
            try connections.addHandlers(to: channel, caller)
        } failed: {
            log.notice("a peer was refused", metadata: ["why": "\($0)"])
        }
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    func addHandlers(to channel: any Channel, _ caller: Caller) throws {
        let pipeline = channel.pipeline.syncOperations
        weak var handler: ConnectionHandler?
        let timer = ConnectionTimer(loop: channel.eventLoop, limits: limits) { handler?.missed($0) }
        let gate = RequestGate(limits: limits, timer: timer)
        let connection = ConnectionHandler(
            router: router, caller: caller, limits: limits, gate: gate, timer: timer, log: log)
        handler = connection
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)
        try pipeline.addHandlers([gate, ByteToMessageHandler(decoder), connection])
    }

    func closeAll() {
        for channel in open.values { channel.close(promise: nil) }
    }
}

/// Tells a client that there are too many connections, and closes.
private final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 256)
        var response = UpstreamText.error(.unavailable, "Too many connections")
        response.extraHeaders = [Response.Header(name: "Retry-After", value: "1")]
        response.write(into: &buffer, closing: true)
        let loop = context.eventLoop
        let bound = NIOLoopBound(context, eventLoop: loop)
        context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { _ in bound.value.close(promise: nil) }
    }
}
