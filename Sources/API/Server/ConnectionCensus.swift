/// Counts connections, so that nobody can take them all.
///
/// It lives on the server's one thread.
final class ConnectionCensus {
    private let limits: ServerLimits
    private var total = 0
    /// Of everybody but the host.
    ///
    /// Callers that nobody knows share one entry, and so one container's limit.
    private var byCaller: [Caller: Int] = [:]
    private var ofContainers = 0

    init(_ limits: ServerLimits) {
        self.limits = limits
    }

    /// Counts a new connection; false when there are too many.
    func admit(_ caller: Caller) -> Bool {
        guard total < limits.connections else { return false }
        if caller != .host {
            guard ofContainers < limits.containerConnections,
                byCaller[caller, default: 0] < limits.connectionsPerContainer
            else { return false }
            byCaller[caller, default: 0] += 1
            ofContainers += 1
        }
        total += 1
        return true
    }

    /// An admitted connection ended.
    func release(_ caller: Caller) {
        total -= 1
        guard let count = byCaller[caller] else { return }
        ofContainers -= 1
        byCaller[caller] = count > 1 ? count - 1 : nil
    }
}
