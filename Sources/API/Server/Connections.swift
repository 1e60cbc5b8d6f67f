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
    private let services: Services
    private let limits: ServerLimits
    private let log: Logger
    private let census: ConnectionCensus
    private let refusals: Refusals
    private let lull: Lull
    private var open: [ObjectIdentifier: any Channel] = [:]

    /// What the kernel holds for a client that does not read; it is the server's memory as well.
    static let socketBuffer = 64 * 1024

    init(router: Router, services: Services, limits: ServerLimits, loop: any EventLoop, log: Logger) {
        self.router = router
        self.services = services
        self.limits = limits
        self.log = log
        census = ConnectionCensus(limits, turns: Turns(loop))
        refusals = Refusals(loop, log)
        lull = Lull(loop, services.releaseMemory)
    }

    /// Identifies a new connection's caller and lets it speak, unless there are too many.
    func accept(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        lull.connected()
        let seat: Seat?? = try pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            self.seat(for: $0)
        }
        guard let seat, let seat else { return try pipeline.addHandler(RefusalHandler()) }
        keep(channel, seat)
        try addHandlers(to: channel, seat.share.caller, seat)
    }

    /// Nil when there are too many connections.
    private func seat(for descriptor: Int32) -> Seat? {
        let process = services.callers.process(of: descriptor)
        guard !refusals.wasJustRefused(process) else { return nil }
        let caller = services.callers.identify(descriptor)
        guard let seat = census.admit(caller, process: process) else {
            refusals.refused(caller, process)
            return nil
        }
        return seat
    }

    private func keep(_ channel: any Channel, _ seat: Seat) {
        let key = ObjectIdentifier(channel)
        open[key] = channel
        let connections = NIOLoopBound(self, eventLoop: channel.eventLoop)
        let seat = NIOLoopBound(seat, eventLoop: channel.eventLoop)
        channel.closeFuture.whenComplete { _ in
            connections.value.open[key] = nil
            connections.value.census.release(seat.value)
            connections.value.lull.disconnected(connections.value.open.count)
        }
    }

    /// Lets a peer shake hands, unless there are too many; all peers together have the limit of one container, for who
    /// they are is not known before they have taken their share.
    func accept(_ channel: any Channel, over security: TLSContext, managers: Set<String>) throws {
        let somebody = Caller.remote("", isManager: false)
        guard let seat = census.admit(somebody) else {
            refusals.refused(somebody, 0)
            return channel.close(promise: nil)
        }
        keep(channel, seat)
        let (log, connections) = (log, self)
        let handler = try TLSHandler(security, timeout: TimeAmount(limits.headTimeout)) { name, channel in
            let caller = name.map { Caller.remote($0, isManager: managers.contains($0)) } ?? .unknown
            try connections.addHandlers(to: channel, caller, seat)
        } failed: {
            log.notice("a peer was refused", metadata: ["why": "\($0)"])
        }
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    func addHandlers(to channel: any Channel, _ caller: Caller, _ seat: Seat) throws {
        let pipeline = channel.pipeline.syncOperations
        weak var handler: ConnectionHandler?
        let timer = ConnectionTimer(loop: channel.eventLoop, limits: limits) { handler?.missed($0) }
        let gate = RequestGate(limits: limits, timer: timer)
        let connection = ConnectionHandler(
            router: router, caller: caller, seat: seat, limits: limits, gate: gate, timer: timer, log: log)
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
