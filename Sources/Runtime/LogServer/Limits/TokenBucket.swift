/// So many a second on the average, and so many at once.
package struct TokenBucket: Sendable, Hashable {
    private let perSecond: Int
    private let capacity: Int
    /// In thousandths.
    private var tokens: Int
    private var last: Int64

    /// No limit when `perSecond` is 0.
    ///
    /// Times are milliseconds of a clock that does not jump.
    package init(perSecond: Int, capacity: Int, at now: Int64) {
        self.perSecond = perSecond
        self.capacity = capacity
        tokens = capacity * 1000
        last = now
    }

    /// Takes `count`, or nothing when there are not so many.
    package mutating func take(_ count: Int = 1, at now: Int64) -> Bool {
        guard perSecond > 0 else { return true }
        let passed = Int(clamping: max(0, now - last))
        last = max(last, now)
        tokens = min(capacity * 1000, tokens + min(passed, 1_000_000) * perSecond)
        guard tokens >= count * 1000 else { return false }
        tokens -= count * 1000
        return true
    }

    /// Whether one could be taken.
    package mutating func hasOne(at now: Int64) -> Bool {
        guard perSecond > 0 else { return true }
        _ = take(0, at: now)
        return tokens >= 1000
    }
}
