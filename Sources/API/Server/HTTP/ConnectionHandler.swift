import Logging
import NIOCore
import NIOHTTP1

/// One client's conversation: takes a request, has it answered, sends the answer, lets the next one in.
final class ConnectionHandler: ChannelInboundHandler, RemovableChannelHandler, TurnTaker {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    enum State {
        case idle
        case receiving(Incoming)
        /// The answer is being made while the body comes (`intake`).
        case taking
        /// It is all there, and waits for its caller's turn.
        case waiting(Incoming)
        /// An answer is being made, or sent in pieces.
        case answering(closes: Bool)
        case closing
    }

    let router: Router
    let caller: Caller
    let seat: Seat
    let limits: ServerLimits
    let gate: RequestGate
    let timer: ConnectionTimer
    let log: Logger
    var state = State.idle
    var context: ChannelHandlerContext?
    var watch: WatchStream?
    var work: Task<Void, Never>?
    var intake: Intake?
    /// HTTP/1.0 knows no chunks.
    var knowsChunks = true
    /// Whether the end of an answer in pieces is told even when the connection ends.
    var marksEnd = false
    var share: CallerShare { seat.share }
    /// What `share` counts of this connection.
    var holdings = ConnectionHoldings()
    /// The answer is written but the client has not taken it: the next request waits.
    private var owesAdmission = false
    private(set) var isInputClosed = false

    init(
        router: Router, caller: Caller, seat: Seat, limits: ServerLimits, gate: RequestGate,
        timer: ConnectionTimer, log: Logger
    ) {
        self.router = router
        self.caller = caller
        self.seat = seat
        self.limits = limits
        self.gate = gate
        self.timer = timer
        self.log = log
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopWork()
        timer.invalidate()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        state = .closing
        stopWork()
        timer.invalidate()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let bytes): take(bytes)
        case .end: finish()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let problem = error as? HTTPProblem ?? (error is HTTPParserError ? .malformed("\(error)") : nil)
        guard let problem else {
            log.debug("connection failed", metadata: ["error": "\(error)"])
            return close()
        }
        refuse(problem)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        isInputClosed = true
        switch state {
        case .idle, .receiving, .closing: close()
        case .taking: if intake?.isComplete != true { close() }
        case .waiting, .answering:
            // A request was sent and then the sending side shut: it still gets its answer. A watch would never end.
            if watch != nil { close() }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            timer.clear()
            settle()
            if owesAdmission { admitNext() }
            watch?.wake()
        } else {
            timer.expect(.write)
        }
        context.fireChannelWritabilityChanged()
    }

    /// The timer's: the client kept us waiting for too long.
    func missed(_ wait: ConnectionTimer.Wait) {
        switch wait {
        case .head, .body: refuse(.timeout)
        case .idle, .write: close()
        }
    }
}

extension ConnectionHandler {
    private func begin(_ head: HTTPRequestHead) {
        guard case .idle = state else { return close() }
        let closes =
            !head.isKeepAlive || head.version.minor == 0 || isInputClosed || head.headers.contains(name: "upgrade")
        var (request, route) = router.route(head, from: caller)
        let expects = head.headers.contains(name: "expect") && head.version.minor > 0
        knowsChunks = head.version.minor > 0
        marksEnd = false
        if case .receive(let handle) = route {
            if beginStream() { return receive(request, closes: closes, isExpectingContinue: expects, handle) }
            route = .refuse(Busy.streams(request))
        }
        let incoming = Incoming(head: request, route: route, closes: closes)
        state = .receiving(incoming)
        guard expects else { return }
        switch route {
        case .refuse(let response):
            // The client has not sent its body yet, and may not: this connection cannot go on.
            send(response, closing: true)
        case .accept: writeContinue()
        case .receive: break
        }
    }

    private func take(_ bytes: ByteBuffer) {
        if let intake { return take(bytes, into: intake) }
        guard case .receiving(var incoming) = state else { return }
        if incoming.isKeeping(bytes.readableBytes), !holdBody(bytes.readableBytes) {
            incoming.refuse(Busy.bytes(incoming.head))
            releaseBody()
        }
        let isPatient = incoming.take(bytes.readableBytesView, drainLimit: limits.drain)
        state = .receiving(incoming)
        if !isPatient { perform(incoming.reply(), closing: true) }
    }

    private func finish() {
        if let intake { return finish(intake) }
        guard case .receiving(let incoming) = state else { return }
        timer.clear()
        state = .waiting(incoming)
        share.enqueue(self, in: seat.lanes.requests)
    }

    /// Its caller's turn has come.
    func takeTurn() {
        guard case .waiting(let incoming) = state else { return }
        let reply = incoming.reply()
        releaseBody()
        let mayBegin = !reply.isOpenEnded || beginStream()
        perform(mayBegin ? reply : .now(Busy.streams(incoming.head)), closing: incoming.closes)
    }

    private func perform(_ reply: Reply, closing: Bool) {
        state = .answering(closes: closing)
        switch reply {
        case .now(let response): send(response, closing: closing)
        case .later(let make): answerLater(make, closing: closing)
        case .watch(let plan): startWatch(plan)
        case .stream(let contentType, let body): startStream(contentType, body)
        case .exec(let plan): startExec(plan)
        }
    }

    private func answerLater(_ make: @escaping @Sendable () async -> Response, closing: Bool) {
        guard let context else { return }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        beginSlowAnswer()
        work = Task {
            let response = await make()
            loop.execute {
                connection.value.endSlowAnswer()
                connection.value.send(response, closing: closing)
            }
        }
    }

    /// Answers a request that could not be understood; the connection cannot go on.
    private func refuse(_ problem: HTTPProblem) {
        log.debug("request refused", metadata: ["problem": "\(problem)"])
        switch state {
        case .idle, .receiving, .taking: send(UpstreamText.protocolError(problem), closing: true)
        case .waiting, .answering, .closing: close()
        }
    }

    /// Sends a whole answer.
    func send(_ response: Response, closing: Bool) {
        guard let context else { return }
        if case .closing = state { return }
        var buffer = context.channel.allocator.buffer(capacity: response.body.count + 256)
        let closing = closing || isInputClosed
        response.write(into: &buffer, closing: closing)
        write(buffer, closing: closing)
    }

    /// Sends the end of an answer and lets the next request in, or closes when all is sent.
    func write(_ buffer: ByteBuffer, closing: Bool) {
        guard let context else { return }
        endIntake()
        endStream()
        guard closing || isInputClosed else {
            state = .idle
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            owe(buffer.readableBytes)
            return context.channel.isWritable ? admitNext() : (owesAdmission = true)
        }
        state = .closing
        timer.expect(.write)
        let sent = context.writeAndFlush(wrapOutboundOut(buffer))
        owe(buffer.readableBytes)
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        sent.whenComplete { _ in connection.value.close() }
    }

    func writeContinue() {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 32)
        buffer.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func admitNext() {
        owesAdmission = false
        gate.admitNext()
    }

    func close() {
        state = .closing
        stopWork()
        context?.close(promise: nil)
    }

    private func endIntake() {
        intake?.body.abandon()
        intake = nil
    }

    private func stopWork() {
        endIntake()
        watch?.cancel()
        watch = nil
        work?.cancel()
        work = nil
        letGo()
    }
}
