/// How long to wait after the n-th failure in a row.
package struct Backoff: Sendable, Equatable {
    package var first: Duration
    package var limit: Duration

    package init(first: Duration = .milliseconds(100), limit: Duration = .seconds(30)) {
        self.first = first
        self.limit = limit
    }

    /// Doubles from `first`; `failures` counts from 1.
    package func delay(after failures: Int) -> Duration {
        guard failures < 32 else { return limit }
        return min(first * (1 << (failures - 1)), limit)
    }
}
