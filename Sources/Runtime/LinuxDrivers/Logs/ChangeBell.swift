import Drivers
import Glibc
import Synchronization

/// Rings when a file or its directory changes: inotify on the reactor's thread, no polling.
final class ChangeBell: Sendable {
    private struct State {
        var hasRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let notifier: OwnedDescriptor
    private let reactor: Reactor
    private let token: Reactor.Token
    private let state: Bell

    /// Shared with the reactor's handler, which must not keep the bell itself alive.
    private final class Bell: Sendable {
        let state = Mutex(State())

        func strike() {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                state.hasRung = state.waiter == nil
                return state.waiter
            }
            waiter?.resume()
        }
    }

    init(_ path: String, reactor: Reactor) throws(DriverError) {
        let number = inotify_init1(Int32(O_CLOEXEC | O_NONBLOCK))
        guard number >= 0 else { throw .ofSystem("FollowLog", path) }
        let notifier = OwnedDescriptor(number)
        let directory = Files.parentDirectory(path)
        let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)
        guard inotify_add_watch(number, directory, events) >= 0 else { throw .ofSystem("FollowLog", directory) }
        let bell = Bell()
        self.notifier = notifier
        self.reactor = reactor
        state = bell
        token = reactor.whenReadable(notifier) {
            var drain = [UInt8](repeating: 0, count: 4096)
            while Glibc.read(notifier.number, &drain, drain.count) > 0 {}
            bell.strike()
        }
    }

    deinit {
        reactor.cancel(token)
    }

    /// Waits for a change since the last time, or for the cancellation of the task.
    func ring() async {
        let bell = state
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = bell.state.withLock { state in
                    guard !state.hasRung, !Task.isCancelled else {
                        state.hasRung = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            bell.strike()
        }
    }
}
