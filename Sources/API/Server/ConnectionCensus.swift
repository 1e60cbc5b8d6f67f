/// Counts connections, so that nobody can take them all.
///
/// It lives on the server's one thread.
final class ConnectionCensus {
    private let limits: ServerLimits
    private var total = 0
    private var byContainer: [String: Int] = [:]
    private var ofContainers = 0

    init(_ limits: ServerLimits) {
        self.limits = limits
    }

    /// Counts a new connection; false when there are too many.
    func admit(_ caller: Caller) -> Bool {
        guard total < limits.connections else { return false }
        if case .container(let name) = caller {
            guard ofContainers < limits.containerConnections,
                byContainer[name, default: 0] < limits.connectionsPerContainer
            else { return false }
            byContainer[name, default: 0] += 1
            ofContainers += 1
        }
        total += 1
        return true
    }

    /// An admitted connection ended.
    func release(_ caller: Caller) {
        total -= 1
        guard case .container(let name) = caller, let count = byContainer[name] else { return }
        ofContainers -= 1
        byContainer[name] = count > 1 ? count - 1 : nil
    }
}
