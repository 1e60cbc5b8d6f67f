import NIOCore

/// One deadline of a connection, moved often and missed seldom.
///
/// A scheduled task is only replaced when the deadline comes nearer; when it moves away, as it does with every request,
/// the task looks again when it fires.
final class ConnectionTimer {
    enum Wait: Equatable {
        /// the next request of a kept connection
        case idle
        /// the rest of a head
        case head
        /// the next piece of a body
        case body
        /// room in the client's socket
        case write
    }

    private let loop: any EventLoop
    private let limits: ServerLimits
    private let missed: (Wait) -> Void
    private var current: (wait: Wait, deadline: NIODeadline)?
    private var task: (scheduled: Scheduled<Void>, deadline: NIODeadline)?

    init(loop: any EventLoop, limits: ServerLimits, missed: @escaping (Wait) -> Void) {
        self.loop = loop
        self.limits = limits
        self.missed = missed
    }

    /// Replaces the deadline by that of `wait`.
    func expect(_ wait: Wait) {
        let deadline = loop.now + TimeAmount(limits.timeout(of: wait))
        current = (wait, deadline)
        if let task, task.deadline <= deadline { return }
        schedule(deadline)
    }

    func clear() {
        current = nil
    }

    func invalidate() {
        current = nil
        task?.scheduled.cancel()
        task = nil
    }

    private func schedule(_ deadline: NIODeadline) {
        task?.scheduled.cancel()
        let timer = NIOLoopBound(self, eventLoop: loop)
        task = (loop.scheduleTask(deadline: deadline) { timer.value.fire() }, deadline)
    }

    private func fire() {
        task = nil
        guard let current else { return }
        guard current.deadline <= loop.now else { return schedule(current.deadline) }
        self.current = nil
        missed(current.wait)
    }
}

extension ServerLimits {
    fileprivate func timeout(of wait: ConnectionTimer.Wait) -> Duration {
        switch wait {
        case .idle: idleTimeout
        case .head: headTimeout
        case .body: bodyTimeout
        case .write: writeTimeout
        }
    }
}
