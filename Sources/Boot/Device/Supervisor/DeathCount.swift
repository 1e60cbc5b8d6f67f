/// Counts deaths of runtimes, and says when it is enough.
struct DeathCount: Equatable {
    enum Rule: Equatable {
        /// So many in a row that did not come up.
        case withoutComingUp(Int)
        /// So many within a time in milliseconds, come up or not.
        case within(Int64, Int)
    }

    let rule: Rule
    private var deaths: [Int64] = []

    init(_ rule: Rule) {
        self.rule = rule
    }

    var count: Int { deaths.count }

    /// - Returns: whether the next runtime would be one too many.
    mutating func died(at now: Int64) -> Bool {
        deaths.append(now)
        switch rule {
        case .withoutComingUp(let limit): return deaths.count > limit
        case .within(let window, let limit):
            deaths.removeAll { now - $0 > window }
            return deaths.count > limit
        }
    }

    mutating func cameUp() {
        if case .withoutComingUp = rule { deaths = [] }
    }
}
