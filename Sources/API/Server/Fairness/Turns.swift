import DequeModule
import NIOCore

/// Something that waits to be served.
protocol TurnTaker: AnyObject {
    func takeTurn()
}

/// Serves callers by turns, one request each, however many requests some of them send on however many connections.
///
/// What arrived together is put in line first and served then. After a slice of time the thread looks at its sockets
/// again, so that whoever comes later stands in line too. It lives on the server's one thread.
final class Turns {
    private let loop: any EventLoop
    private var line: Deque<Lane> = []
    private var isArmed = false

    private static let slice = TimeAmount.microseconds(500)
    /// Only a deadline that lies ahead makes the loop look at its sockets in between.
    private static let pause = TimeAmount.microseconds(20)

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ taker: any TurnTaker, in lane: Lane) {
        lane.waiting.append(taker)
        guard lane.state == .away else { return }
        join(lane)
    }

    /// A caller let go of something: those that had to wait for that stand in line again.
    func unblock(_ lane: Lane) {
        guard lane.state == .blocked else { return }
        join(lane)
    }

    private func join(_ lane: Lane) {
        lane.state = .inLine
        line.append(lane)
        guard !isArmed else { return }
        isArmed = true
        let turns = NIOLoopBound(self, eventLoop: loop)
        loop.execute { turns.value.serve() }
    }

    private func serve() {
        let end = loop.now + Turns.slice
        while let lane = line.popFirst() {
            serve(lane)
            if loop.now >= end { break }
        }
        guard !line.isEmpty else {
            isArmed = false
            return
        }
        let turns = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: Turns.pause) { turns.value.serve() }
    }

    private func serve(_ lane: Lane) {
        guard lane.share?.mayServe(lane) ?? true else {
            lane.state = .blocked
            return
        }
        lane.state = .away
        guard let taker = lane.waiting.popFirst() else { return }
        // It stands at the end of the line before the turn is taken: what the turn adds waits behind others.
        if !lane.waiting.isEmpty {
            lane.state = .inLine
            line.append(lane)
        }
        taker.takeTurn()
    }
}
