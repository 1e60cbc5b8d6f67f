/// What a figure must not miss.
enum Budget {
    case atLeast(Double)
    case atMost(Double)

    func isMet(by value: Double) -> Bool {
        switch self {
        case .atLeast(let limit): value >= limit
        case .atMost(let limit): value <= limit
        }
    }

    var text: String {
        switch self {
        case .atLeast(let limit): ">= \(decimal(limit))"
        case .atMost(let limit): "<= \(decimal(limit))"
        }
    }
}

/// Prints `name value unit`, and below it whether a budget is met.
func report(_ name: String, _ value: Double, _ unit: String, _ budget: Budget? = nil) {
    print(name, decimal(value), unit)
    guard let budget else { return }
    print("# budget \(name) \(budget.text) \(unit): \(budget.isMet(by: value) ? "met" : "MISSED")")
}

/// Whole numbers from 100 on, one digit after the point below.
private func decimal(_ value: Double) -> String {
    guard abs(value) < 100 else { return "\(Int(value.rounded()))" }
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var inMicroseconds: Double { inSeconds * 1e6 }
}

extension [Duration] {
    /// Of a sorted list that is not empty.
    func percentile(_ percent: Int) -> Duration { self[Swift.min(count - 1, count * percent / 100)] }
}
