import CShims
import Drivers
import Glibc
import Model

/// The log server's one thread: waits for descriptors and deadlines, and does small pieces of long work in between.
///
/// It sleeps in the kernel until something happens; no timer runs while none is needed.
final class LogLoop {
    typealias Token = UInt64

    private static let timerToken: Token = 0

    private let epoll: OwnedDescriptor
    private let timer: OwnedDescriptor
    private var lastToken: Token = 0
    private var sources: [Token: (descriptor: OwnedDescriptor, handler: () -> Void)] = [:]
    private var deadlines: [Token: (at: Int64, handler: () -> Void)] = [:]
    private var isOver = false
    /// Does one piece of the work that can wait; false when there is none.
    var doPiece: () -> Bool = { false }

    init() throws(DriverError) {
        let epoll = pv_epoll_create()
        guard epoll >= 0 else { throw .ofSystem("ServeLogs", "epoll") }
        self.epoll = OwnedDescriptor(epoll)
        let timer = pv_timer_create()
        guard timer >= 0 else { throw .ofSystem("ServeLogs", "timerfd") }
        self.timer = OwnedDescriptor(timer)
        guard pv_epoll_add(epoll, timer, UInt32(PV_READABLE), Self.timerToken) == 0 else {
            throw .ofSystem("ServeLogs", "epoll")
        }
    }

    /// Milliseconds since boot.
    var now: Int64 { LinuxClock.uptime.milliseconds }

    /// Calls `handler` while `descriptor` can be read; nil when it is of a kind that cannot be waited for.
    func watch(_ descriptor: OwnedDescriptor, _ handler: @escaping () -> Void) -> Token? {
        lastToken += 1
        guard pv_epoll_add(epoll.number, descriptor.number, UInt32(PV_READABLE), lastToken) == 0 else { return nil }
        sources[lastToken] = (descriptor, handler)
        return lastToken
    }

    func forget(_ token: Token?) {
        guard let token else { return }
        deadlines[token] = nil
        if let source = sources.removeValue(forKey: token) {
            _ = pv_epoll_remove(epoll.number, source.descriptor.number)
        }
    }

    @discardableResult
    func after(milliseconds: Int64, _ handler: @escaping () -> Void) -> Token {
        lastToken += 1
        deadlines[lastToken] = (now + milliseconds, handler)
        arm()
        return lastToken
    }

    /// Serves until `end`.
    func run() {
        while !isOver {
            let hasMore = doPiece()
            turn(within: hasMore ? 0 : -1)
        }
    }

    func end() { isOver = true }

    /// Serves what is there already, for at most so long.
    func drain(milliseconds: Int64) {
        let end = now + milliseconds
        while turn(within: 0) > 0, now < end {}
    }

    @discardableResult
    private func turn(within milliseconds: Int32) -> Int {
        var tokens = [Token](repeating: 0, count: 32)
        let count = Int(pv_epoll_wait_within(epoll.number, &tokens, Int32(tokens.count), milliseconds))
        for token in tokens.prefix(max(count, 0)) {
            if token == Self.timerToken { fire() } else { sources[token]?.handler() }
        }
        return count
    }

    private func fire() {
        var expirations: UInt64 = 0
        _ = read(timer.number, &expirations, 8)
        let due = deadlines.filter { $0.value.at <= now }.sorted { $0.value.at < $1.value.at }
        for deadline in due { deadlines[deadline.key] = nil }
        for deadline in due { deadline.value.handler() }
        arm()
    }

    private func arm() {
        let next = deadlines.values.map(\.at).min()
        _ = pv_timer_set(timer.number, next.map { max($0, 1) } ?? 0)
    }
}
