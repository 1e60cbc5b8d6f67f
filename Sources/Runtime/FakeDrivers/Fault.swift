import Model

/// One driver call, as faults see it.
package struct FakeCall: Sendable, Hashable, CustomStringConvertible {
    /// The word a `DriverError` of it carries: `StartContainer`, `Mount`.
    package let operation: String
    /// A name or a path.
    package let subject: String
    /// Counts the calls of this operation on this subject, from 1.
    package let count: Int

    package init(operation: String, subject: String, count: Int) {
        self.operation = operation
        self.subject = subject
        self.count = count
    }

    package var description: String { "\(operation) \(subject)" }
}

/// What becomes of a driver call.
package struct FakeOutcome: Sendable, Hashable {
    package enum Verdict: Sendable, Hashable {
        case works
        /// Refused with this error number; nothing happened.
        case fails(errno: Int32)
        /// It happened, but the caller is told that it failed.
        case failsAfterEffect(errno: Int32)
        /// The runtime dies, and nothing happened.
        case diesBefore
        /// It happened, and the runtime dies before it learns of it.
        case diesAfter
        /// The power is cut, and nothing happened.
        case cutBefore
        /// It happened, and the power is cut before anybody learns of it.
        case cutAfter
    }

    package var latency: Duration
    package var verdict: Verdict

    package init(latency: Duration = .milliseconds(1), verdict: Verdict = .works) {
        self.latency = latency
        self.verdict = verdict
    }
}

/// A fault to inject: which calls, and what becomes of them.
///
/// Written as `OPERATION[/SUBJECT][#COUNT]=EFFECT`, where both names may be `*` and the effect is `fail[:ERRNO]`,
/// `fail-after`, `die-before`, `die-after`, `cut-before`, `cut-after` (the power) or `slow:MILLISECONDS`: `StartContainer/web#1=fail:12`, `Mount=slow:500`.
package struct Fault: Sendable, Hashable {
    package enum Effect: Sendable, Hashable {
        case verdict(FakeOutcome.Verdict)
        case slow(Duration)
    }

    package var operation: String
    package var subject: String
    /// Which call of the subject, from 1; nil = every one.
    package var count: Int?
    package var effect: Effect

    package init(_ operation: String, _ subject: String = "*", count: Int? = nil, _ effect: Effect) {
        self.operation = operation
        self.subject = subject
        self.count = count
        self.effect = effect
    }

    package func concerns(_ call: FakeCall) -> Bool {
        (operation == "*" || operation == call.operation) && (subject == "*" || subject == call.subject)
            && (count == nil || count == call.count)
    }
}

extension Fault {
    /// nil when the text is not of that form.
    package init?(_ text: String) {
        let sides = text.split(separator: "=", maxSplits: 1)
        guard sides.count == 2, let effect = Effect(sides[1]) else { return nil }
        var place = sides[0]
        var count: Int?
        if let mark = place.lastIndex(of: "#") {
            guard let number = Int(place[place.index(after: mark)...]), number > 0 else { return nil }
            count = number
            place = place[..<mark]
        }
        let names = place.split(separator: "/", maxSplits: 1)
        guard let operation = names.first else { return nil }
        self.init(String(operation), names.count == 2 ? String(names[1]) : "*", count: count, effect)
    }
}

extension Fault.Effect {
    fileprivate init?(_ text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1)
        let number = parts.count == 2 ? Int32(parts[1]) : nil
        switch (parts.first, number) {
        case ("fail", _) where parts.count == 1 || number != nil: self = .verdict(.fails(errno: number ?? 5))
        case ("slow", let milliseconds?) where milliseconds >= 0: self = .slow(.milliseconds(Int64(milliseconds)))
        case ("fail-after", nil) where parts.count == 1: self = .verdict(.failsAfterEffect(errno: 5))
        case ("die-before", nil) where parts.count == 1: self = .verdict(.diesBefore)
        case ("die-after", nil) where parts.count == 1: self = .verdict(.diesAfter)
        case ("cut-before", nil) where parts.count == 1: self = .verdict(.cutBefore)
        case ("cut-after", nil) where parts.count == 1: self = .verdict(.cutAfter)
        case (_, _): return nil
        }
    }
}
