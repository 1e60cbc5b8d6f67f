import CShims
package import Drivers
import Glibc
import Model
import Synchronization

/// One thread that waits for everything the drivers wait for: ends of processes, pipes, file changes, deadlines.
///
/// It sleeps in the kernel until one of them happens.
package final class Reactor: Sendable {
    package typealias Handler = @Sendable () -> Void

    /// Holds its descriptor, so that the number is nobody else's while the kernel watches it.
    private struct Source {
        let handler: Handler
        let descriptor: OwnedDescriptor
        let isOnce: Bool
    }

    private struct State {
        var nextToken: UInt64 = 1
        var sources: [UInt64: Source] = [:]
        var deadlines: [UInt64: (at: Instant, handler: Handler)] = [:]
    }

    private static let timerToken: UInt64 = 0

    private let epoll: OwnedDescriptor
    private let timer: OwnedDescriptor
    private let state = Mutex(State())

    package init() throws(DriverError) {
        let epoll = pv_epoll_create()
        guard epoll >= 0 else { throw .ofSystem("StartReactor", "epoll") }
        self.epoll = OwnedDescriptor(epoll)
        let timer = pv_timer_create()
        guard timer >= 0 else { throw .ofSystem("StartReactor", "timerfd") }
        self.timer = OwnedDescriptor(timer)
        guard pv_epoll_add(epoll, timer, UInt32(PV_READABLE), Reactor.timerToken) == 0 else {
            throw .ofSystem("StartReactor", "epoll")
        }
        // Lives as long as the process: the thread keeps its reactor.
        try Threads.detach("pv-reactor") { self.run() }
    }

    /// A registration; nothing is called after `cancel` has returned, but for a call that was under way.
    package struct Token: Sendable {
        fileprivate let number: UInt64
    }

    /// Calls `handler` on the reactor's thread whenever `descriptor` can be read, until cancelled.
    package func whenReadable(_ descriptor: OwnedDescriptor, _ handler: @escaping Handler) -> Token {
        register(Source(handler: handler, descriptor: descriptor, isOnce: false), PV_READABLE)
    }

    /// Calls `handler` once: when there is something to read, or a process has ended.
    @discardableResult
    package func once(_ descriptor: OwnedDescriptor, _ handler: @escaping Handler) -> Token {
        register(Source(handler: handler, descriptor: descriptor, isOnce: true), PV_READABLE)
    }

    /// Calls `handler` once, when `descriptor` takes bytes again.
    func onceWritable(_ descriptor: OwnedDescriptor, _ handler: @escaping Handler) {
        _ = register(Source(handler: handler, descriptor: descriptor, isOnce: true), PV_WRITABLE)
    }

    private func register(_ source: Source, _ events: Int) -> Token {
        let number = state.withLock { state in
            state.nextToken += 1
            state.sources[state.nextToken] = source
            return state.nextToken
        }
        if pv_epoll_add(epoll.number, source.descriptor.number, UInt32(events), number) != 0 {
            // Files that epoll does not know are always ready.
            state.withLock { $0.sources.removeValue(forKey: number) }?.handler()
        }
        return Token(number: number)
    }

    /// Calls `handler` once, at `instant` of the device's clock or as soon as it has passed.
    func at(_ instant: Instant, _ handler: @escaping Handler) -> Token {
        state.withLock { state in
            state.nextToken += 1
            state.deadlines[state.nextToken] = (instant, handler)
            arm(state)
            return Token(number: state.nextToken)
        }
    }

    package func cancel(_ token: Token) {
        let source = state.withLock { state in
            if state.deadlines.removeValue(forKey: token.number) != nil { arm(state) }
            return state.sources.removeValue(forKey: token.number)
        }
        if let source { _ = pv_epoll_remove(epoll.number, source.descriptor.number) }
    }

    /// Sets the timer to the earliest deadline, or off.
    private func arm(_ state: borrowing State) {
        let next = state.deadlines.values.map(\.at).min()
        _ = pv_timer_set(timer.number, next.map { max($0.milliseconds, 1) } ?? 0)
    }

    private func run() {
        var tokens = [UInt64](repeating: 0, count: 32)
        while true {
            let count = pv_epoll_wait(epoll.number, &tokens, Int32(tokens.count))
            for token in tokens.prefix(Int(max(count, 0))) {
                if token == Reactor.timerToken {
                    fireDeadlines()
                } else {
                    call(token)
                }
            }
        }
    }

    private func call(_ token: UInt64) {
        let source = state.withLock { state in
            guard state.sources[token]?.isOnce ?? false else { return state.sources[token] }
            return state.sources.removeValue(forKey: token)
        }
        guard let source else { return }
        if source.isOnce { _ = pv_epoll_remove(epoll.number, source.descriptor.number) }
        source.handler()
    }

    private func fireDeadlines() {
        var expirations: UInt64 = 0
        _ = read(timer.number, &expirations, 8)
        let now = LinuxClock.uptime
        let due = state.withLock { state in
            let due = state.deadlines.filter { $0.value.at <= now }
            for token in due.keys { state.deadlines[token] = nil }
            arm(state)
            return due
        }
        for deadline in due.values.sorted(by: { $0.at < $1.at }) { deadline.handler() }
    }
}
