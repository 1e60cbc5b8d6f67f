import Model
import Store

extension ResourceStore {
    /// Waits until an attempt outlives the runtime, or needs not: it is over, or its turn has not come.
    ///
    /// - Returns: false when it is not so after a while.
    func waitUntilRemembered(
        _ rollout: String, _ patience: Duration,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async -> Bool {
        await wait(patience, on: [Rollout.descriptor.name], pause: pause) { snapshot in
            guard let attempt = snapshot.get(Rollout.self, rollout), !attempt.status.isFinished else { return true }
            if attempt.status.journaled != nil { return true }
            return snapshot.all(Rollout.self).contains { $0.status.isUnderWay && $0.name != rollout }
        }
    }
}

extension Rollout.Status {
    fileprivate var isUnderWay: Bool { !isFinished && step != .pending }
}
