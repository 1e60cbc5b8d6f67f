import Logging
import Model
import Store
import Synchronization

/// What is logged now: users may change it while the runtime runs.
final class LogThreshold: Sendable {
    private let level: Mutex<Logger.Level>

    init(_ level: Logger.Level) { self.level = Mutex(level) }

    var current: Logger.Level { level.withLock { $0 } }

    /// Follows the configuration until the task is cancelled.
    ///
    /// - Parameter usual: what it is when nobody says.
    func follow(_ store: ResourceStore, usual: Logger.Level) async {
        do throws(StoreError) {
            for await _ in try store.changes(WatchOptions(kinds: [Config.descriptor.name], from: .initialEvents)) {
                let status = store.snapshot().get(Config.self, Config.selfName)?.status
                let said = status?.levels["PV_LOG_LEVEL"] == nil ? nil : status?.values["PV_LOG_LEVEL"]
                let now = said.flatMap { Int($0) }.flatMap { Logger.Level(pantavisorLevel: $0) } ?? usual
                level.withLock { $0 = now }
            }
        } catch {
            // It stays as it is.
        }
    }
}
