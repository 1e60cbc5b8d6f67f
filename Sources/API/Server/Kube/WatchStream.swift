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
/// the stream ends after what was already sent, never in the middle of a line. All of it happens on one event loop.
final class WatchStream {
    private var plan: WatchPlan
    private let limits: ServerLimits
    private let loop: any EventLoop
    private weak var sink: (any StreamSink)?
    private var watch: Watch?
    private var timers: [() -> Void] = []
    private var isOver = false

    private static let batch = 128

    init(_ plan: WatchPlan, limits: ServerLimits, loop: any EventLoop, sink: any StreamSink) {
        self.plan = plan
        self.limits = limits
        self.loop = loop
        self.sink = sink
    }

    func start() {
        sink?.begin(contentType: Response.json)
        if let refusal = plan.refusal { return refuse(refusal) }
        let stream = NIOLoopBound(WeakBox(self), eventLoop: loop)
        let loop = loop
        do {
            watch = try plan.store.watch(plan.options) {
                loop.execute { stream.value.content?.drain() }
            }
        } catch StoreError.expired(let version) {
            return refuse(.expired(version, current: plan.store.snapshot().version))
        } catch {
            return refuse(KubeStatus(error, plan.kind, ""))
        }
        setTimers()
        drain()
    }

    func drain() {
        guard !isOver, let watch, let sink else { return }
        while sink.isWritable {
            let events = watch.take(max: WatchStream.batch)
            if events.isEmpty { break }
            var text = JSONText(capacity: events.count * 1024)
            for event in events { plan.text.write(event, into: &text) }
            sink.send(ByteBuffer(bytes: text.bytes))
        }
        if watch.end != nil { finish(closing: true) }
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
        drain()
        if !isOver { finish(closing: false) }
    }
}

/// Lets a callback reach what it must not keep alive.
private struct WeakBox<Content: AnyObject> {
    weak var content: Content?

    init(_ content: Content) { self.content = content }
}
