import Model
import Store

extension ResourceStore {
    /// Waits until the resources are as asked for.
    ///
    /// - Parameter pause: what measures the time.
    /// - Returns: false when they are not after this time.
    func wait(
        _ limit: Duration, on kinds: Set<KindName>,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        until isDone: @escaping @Sendable (Snapshot) -> Bool
    ) async -> Bool {
        if isDone(snapshot()) { return true }
        guard limit > .zero else { return false }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.follow(kinds, until: isDone) }
            group.addTask {
                do {
                    try await pause(limit)
                } catch {
                    // The other one was faster.
                }
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    private func follow(_ kinds: Set<KindName>, until isDone: (Snapshot) -> Bool) async -> Bool {
        do throws(StoreError) {
            let changes = try changes(WatchOptions(kinds: kinds))
            // It may have become so before the watch began.
            if isDone(snapshot()) { return true }
            for await _ in changes where isDone(snapshot()) { return true }
        } catch {
            // A watch that begins now cannot be too old.
        }
        return false
    }
}
