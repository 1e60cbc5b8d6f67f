import Model
import NIOCore
import Store

/// What a client asked to watch.
struct WatchPlan {
    let store: ResourceStore
    var options: WatchOptions
    var text: WatchText
    /// When the client wants it to end; nil = never.
    var timeout: Duration?
    let kind: KindDescriptor
    /// Decided before the store was asked, like a version that was never given out.
    var refusal: KubeStatus?
}

/// Sends one watch to one client: drains it as fast as the client reads, and never faster.
///
/// When the client is slow, events wait in the watch's own bounded queue; when that is full the store ends the watch, and
/// the stream ends after what was already sent, never in the middle of a line. Watches with something to tell wait for
/// their caller's turn, and tell one piece of it then. All of it happens on one event loop.
final class WatchStream: TurnTaker {
    private var plan: WatchPlan
    private let limits: ServerLimits
    private let loop: any EventLoop
    private let seat: Seat
    private weak var sink: (any StreamSink)?
    private var watch: Watch?
    private var timers: [() -> Void] = []
    private var isOver = false
    private var isWaiting = false

    /// With so many bytes a turn is over.
    private static let piece = 32 * 1024

    init(_ plan: WatchPlan, limits: ServerLimits, loop: any EventLoop, seat: Seat, sink: any StreamSink) {
        self.plan = plan
        self.limits = limits
        self.loop = loop
        self.seat = seat
        self.sink = sink
    }

    func start() {
        sink?.begin(contentType: Response.json)
        if let refusal = plan.refusal { return refuse(refusal) }
        let stream = NIOLoopBound(WeakBox(self), eventLoop: loop)
        let loop = loop
        do {
            watch = try plan.store.watch(plan.options) {
                loop.execute { stream.value.content?.wake() }
            }
        } catch StoreError.expired(let version) {
            return refuse(.expired(version, current: plan.store.snapshot().version))
        } catch {
            return refuse(KubeStatus(error, plan.kind, ""))
        }
        setTimers()
        takeTurn()
    }

    /// There may be something to tell, and somebody who can take it.
    func wake() {
        guard !isOver, !isWaiting else { return }
        isWaiting = true
        seat.share.enqueue(self, in: seat.lanes.changes)
    }

    func takeTurn() {
        isWaiting = false
        guard !isOver, let watch, let sink else { return }
        let hasMore = sink.isWritable && sendPiece(of: watch, to: sink)
        // What was queued before the end is still told to a client that takes it.
        if hasMore, sink.isWritable {
            wake()
        } else if watch.end != nil {
            finish(closing: true)
        }
    }

    /// Sends what makes a piece; whether there may be more.
    private func sendPiece(of watch: Watch, to sink: any StreamSink) -> Bool {
        var text = JSONText(capacity: 1024)
        var isLast = false
        while !isLast, text.bytes.count < WatchStream.piece {
            let events = watch.take(max: 1)
            for event in events { plan.text.write(event, into: &text) }
            isLast = events.isEmpty
        }
        if !text.bytes.isEmpty { sink.send(ByteBuffer(bytes: text.bytes)) }
        return !isLast
    }

    /// The client went away, or the server stops.
    func cancel() {
        isOver = true
        for stop in timers { stop() }
        timers = []
        watch?.cancel()
        watch = nil
    }

    private func refuse(_ failure: KubeStatus) {
        var text = JSONText()
        plan.text.write(failure, into: &text)
        sink?.send(ByteBuffer(bytes: text.bytes))
        finish(closing: false)
    }

    private func finish(closing: Bool) {
        cancel()
        sink?.end(closing: closing)
    }

    private func setTimers() {
        let stream = NIOLoopBound(WeakBox(self), eventLoop: loop)
        if let timeout = plan.timeout {
            let task = loop.scheduleTask(in: TimeAmount(timeout)) { stream.value.content?.timedOut() }
            timers.append { task.cancel() }
        }
        guard plan.options.bookmarks else { return }
        let interval = TimeAmount(limits.bookmarkInterval)
        let task = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            stream.value.content?.watch?.bookmark()
        }
        timers.append { task.cancel() }
    }

    private func timedOut() {
        watch?.bookmark()
        while let watch, let sink, sink.isWritable, sendPiece(of: watch, to: sink) {}
        if !isOver { finish(closing: false) }
    }
}

/// Lets a callback reach what it must not keep alive.
private struct WeakBox<Content: AnyObject> {
    weak var content: Content?

    init(_ content: Content) { self.content = content }
}
