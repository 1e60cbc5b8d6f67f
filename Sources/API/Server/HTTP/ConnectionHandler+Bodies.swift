import NIOCore

/// A request whose answer is made while its body comes.
final class Intake {
    let body: IncomingBody
    /// Whether the connection ends after the answer.
    let closes: Bool
    /// How much of what nobody takes is read and dropped.
    let drainLimit: Int
    /// Whether the client waits for a word before it sends the body.
    var isExpectingContinue: Bool
    var isComplete = false
    /// The answer, while the rest of the body is dropped.
    var response: Response?
    var dropped = 0

    init(_ body: IncomingBody, closes: Bool, drainLimit: Int, isExpectingContinue: Bool) {
        self.body = body
        self.closes = closes
        self.drainLimit = drainLimit
        self.isExpectingContinue = isExpectingContinue
    }
}

extension ConnectionHandler {
    func receive(
        _ head: Request.Head, closes: Bool, isExpectingContinue: Bool,
        _ handle: @escaping @Sendable (IncomingBody) async -> Response
    ) {
        guard let context else { return }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let body = IncomingBody { loop.execute { connection.value.readOn() } }
        // Who may upload says how much it is; nothing of it is kept.
        let intake = Intake(
            body, closes: closes, drainLimit: head.contentLength ?? limits.drain,
            isExpectingContinue: isExpectingContinue)
        self.intake = intake
        state = .taking
        gate.pause()
        // Not cancelled with the connection: what has come whole is kept.
        Task {
            let response = await handle(body)
            loop.execute { connection.value.answer(response, to: body) }
        }
    }

    private func readOn() {
        guard let intake else { return }
        if intake.isExpectingContinue {
            intake.isExpectingContinue = false
            writeContinue()
        }
        gate.resume()
    }

    func take(_ bytes: ByteBuffer, into intake: Intake) {
        guard let response = intake.response else {
            if !intake.body.put(bytes) { gate.pause() }
            return
        }
        intake.dropped += bytes.readableBytes
        if intake.dropped > intake.drainLimit { send(response, closing: true) }
    }

    func finish(_ intake: Intake) {
        intake.isComplete = true
        timer.clear()
        guard let response = intake.response else { return intake.body.complete() }
        send(response, closing: intake.closes)
    }

    private func answer(_ response: Response, to body: IncomingBody) {
        guard let intake, intake.body === body else { return }
        if intake.isComplete { return send(response, closing: intake.closes) }
        // It has not sent its body yet, and may not: this connection cannot go on.
        if intake.isExpectingContinue { return send(response, closing: true) }
        intake.response = response
        gate.resume()
    }
}
