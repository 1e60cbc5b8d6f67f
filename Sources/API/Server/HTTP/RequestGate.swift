import NIOCore

/// Lets one request at a time through to the parser, and none that is too big or ambiguous.
///
/// What a client sends ahead (pipelining) waits here until `admitNext()`; when too much waits, nothing more is read from
/// the socket. So the handlers behind never see two requests at once, and a client cannot make the
/// server hold more than a few kilobytes.
final class RequestGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = Never

    private enum State {
        case head
        case body(remaining: Int)
        case chunks(ChunkScanner)
        /// A request is being answered.
        case shut
        /// After an error, or after the connection changed its protocol.
        case failed
        case open
    }

    private let limits: ServerLimits
    private let timer: ConnectionTimer
    private var state = State.head
    private var waiting = ByteBuffer()
    /// How much of `waiting` was already searched for the end of the head.
    private var searched = 0
    private var hasBegunHead = false
    private var isPassing = false
    private var hasHeldRead = false
    private var isPaused = false
    private var context: ChannelHandlerContext?

    init(limits: ServerLimits, timer: ConnectionTimer) {
        self.limits = limits
        self.timer = timer
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        timer.expect(.idle)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if case .open = state { return context.fireChannelRead(data) }
        if waiting.readableBytes == 0 {
            waiting = bytes
        } else {
            // What was passed on is let go of: whoever always sends ahead would be given memory for all he ever sent.
            waiting.discardReadBytes()
            waiting.writeBuffer(&bytes)
        }
        pass()
    }

    /// Reads nothing more from the client, who is not to blame for the wait, until `resume()`.
    func pause() {
        isPaused = true
        timer.clear()
    }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        if isInBody { timer.expect(.body) }
        releaseHeldRead()
    }

    /// Whether enough was sent ahead.
    private var isFull: Bool {
        if case .shut = state { waiting.readableBytes > limits.ahead } else { false }
    }

    private var isInBody: Bool {
        switch state {
        case .body, .chunks: true
        case .head, .shut, .failed, .open: false
        }
    }

    private func releaseHeldRead() {
        guard hasHeldRead, let context else { return }
        hasHeldRead = false
        read(context: context)
    }

    /// The answer to the last request is on its way: the next one may come.
    func admitNext() {
        guard case .shut = state else { return }
        state = .head
        searched = 0
        hasBegunHead = false
        isPaused = false
        timer.expect(.idle)
        pass()
        releaseHeldRead()
    }

    /// From now on the connection speaks another protocol: everything goes through untouched.
    func openForGood() {
        state = .open
        timer.clear()
        guard waiting.readableBytes > 0 else { return }
        let rest = waiting
        waiting = ByteBuffer()
        context?.fireChannelRead(wrapInboundOut(rest))
    }

    func read(context: ChannelHandlerContext) {
        if isPaused || isFull {
            hasHeldRead = true
            return
        }
        context.read()
    }

    private func pass() {
        guard !isPassing else { return }
        isPassing = true
        defer { isPassing = false }
        do throws(HTTPProblem) {
            while waiting.readableBytes > 0, try passPiece() {}
        } catch {
            state = .failed
            waiting = ByteBuffer()
            timer.clear()
            context?.fireErrorCaught(error)
        }
    }

    /// Passes what can be passed in the present state; false when more bytes or an answer are needed.
    private func passPiece() throws(HTTPProblem) -> Bool {
        switch state {
        case .head:
            return try passHead()
        case .body(let remaining):
            let count = min(remaining, waiting.readableBytes)
            state = count == remaining ? .shut : .body(remaining: remaining - count)
            forward(count)
        case .chunks(var scanner):
            let (count, isEnd) = try scanner.scan(waiting.readableBytesView)
            state = isEnd ? .shut : .chunks(scanner)
            forward(count)
        case .shut, .open:
            return false
        case .failed:
            waiting = ByteBuffer()
            return false
        }
        return true
    }

    private func passHead() throws(HTTPProblem) -> Bool {
        skipEmptyLines()
        guard waiting.readableBytes > 0 else { return false }
        guard let length = lengthOfHead() else {
            guard waiting.readableBytes <= limits.head else { throw tooLong() }
            if searchedLineIsTooLong { throw .requestLineTooLong }
            // Counted from the first byte: a client that sends one header byte a second gains nothing.
            if !hasBegunHead { timer.expect(.head) }
            hasBegunHead = true
            return false
        }
        guard length <= limits.head else { throw tooLong() }
        guard let bytes = waiting.readSlice(length: length) else { return false }
        let framing = try HeadFraming(bytes, limits: limits)
        switch framing.body {
        case .none:
            state = .shut
        case .length(let length):
            state = .body(remaining: length)
            timer.expect(.body)
        case .chunked:
            state = .chunks(ChunkScanner())
            timer.expect(.body)
        }
        context?.fireChannelRead(wrapInboundOut(framing.head))
        return true
    }

    private func forward(_ count: Int) {
        guard let piece = waiting.readSlice(length: count) else { return }
        timer.expect(.body)
        context?.fireChannelRead(wrapInboundOut(piece))
    }

    /// The length of the head with its empty line, when it is complete.
    private func lengthOfHead() -> Int? {
        let view = waiting.readableBytesView
        var start = view.startIndex + searched
        while let newline = view[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let next = newline + 1
            if next < view.endIndex, view[next] == UInt8(ascii: "\n") { return next + 1 - view.startIndex }
            if next + 1 < view.endIndex, view[next] == UInt8(ascii: "\r"), view[next + 1] == UInt8(ascii: "\n") {
                return next + 2 - view.startIndex
            }
            start = next
        }
        // The last bytes may be the beginning of the empty line.
        searched = max(0, view.count - 3)
        return nil
    }

    /// Blank lines before a request are tolerated, as RFC 9112 §2.2 asks.
    private func skipEmptyLines() {
        while let first = waiting.readableBytesView.first, first == 10 || first == 13 {
            waiting.moveReaderIndex(forwardBy: 1)
            searched = 0
        }
    }

    private var searchedLineIsTooLong: Bool {
        waiting.readableBytes > limits.requestLine
            && !waiting.readableBytesView.prefix(limits.requestLine + 1).contains(UInt8(ascii: "\n"))
    }

    private func tooLong() -> HTTPProblem { searchedLineIsTooLong ? .requestLineTooLong : .headersTooLarge }
}
