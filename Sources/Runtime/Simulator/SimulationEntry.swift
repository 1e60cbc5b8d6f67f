package import Model
import Synchronization

/// One line of a simulation's history.
package struct SimulationEntry: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The runtime starts.
        case start
        /// The runtime dies.
        case death
        /// A user does something.
        case user
        /// A driver call begins.
        case action
        /// A driver call, or a plan, failed.
        case failure
        /// What people see of a resource changed.
        case change
        /// A controller tells what happened.
        case event
        /// Something happens outside the runtime.
        case world
    }

    package let at: Instant
    package let kind: Kind
    package let text: String

    package var description: String {
        let seconds = String(at.milliseconds / 1000)
        let thousandths = String(at.milliseconds % 1000)
        let zeros = String(repeating: "0", count: 3 - thousandths.count)
        let time = "\(seconds).\(zeros)\(thousandths)"
        let indent = String(repeating: " ", count: max(0, 9 - time.count))
        let gap = String(repeating: " ", count: 9 - kind.rawValue.count)
        return "\(indent)\(time)  \(kind.rawValue)\(gap)\(text)"
    }
}

/// Collects entries from wherever they arise.
final class History: Sendable {
    private struct State {
        var now = Instant.zero
        var entries: [SimulationEntry] = []
    }

    private let state = Mutex(State())

    var entries: [SimulationEntry] { state.withLock { $0.entries } }

    func move(to now: Instant) { state.withLock { $0.now = now } }

    func add(_ kind: SimulationEntry.Kind, _ text: String) {
        state.withLock { $0.entries.append(SimulationEntry(at: $0.now, kind: kind, text: text)) }
    }
}
