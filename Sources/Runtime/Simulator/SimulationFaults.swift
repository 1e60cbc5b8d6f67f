import Drivers
import Engine
package import FakeDrivers
import Model
import Synchronization

/// What goes wrong in a simulation.
package struct SimulationFaults: Sendable, Hashable {
    /// Faults that are certain; the first that concerns a call decides.
    package var script: [Fault]
    /// Of a thousand driver calls, how many fail, and of those every fourth after its effect.
    package var failing: Int
    /// Of a thousand driver calls, how many take up to three seconds.
    package var slow: Int
    /// Of a thousand driver calls, in how many the runtime dies, before or after the effect.
    package var dying: Int
    /// Of a thousand driver calls, in how many the power is cut, before or after the effect.
    package var cutting: Int
    /// Operations on subjects, as `RunHooks system-start`, that chance does not let fail.
    package var sparing: Set<String>
    /// When chance stops doing harm; nil = never.
    ///
    /// The script goes on.
    package var calmAfter: Duration?

    package init(
        script: [Fault] = [], failing: Int = 0, slow: Int = 0, dying: Int = 0, cutting: Int = 0,
        sparing: Set<String> = [], calmAfter: Duration? = nil
    ) {
        self.script = script
        self.failing = failing
        self.slow = slow
        self.dying = dying
        self.cutting = cutting
        self.sparing = sparing
        self.calmAfter = calmAfter
    }

    package static let none = SimulationFaults()
    /// Something of everything, for twenty seconds.
    ///
    /// The maker's hook that ends the boot when it fails does not fail: who lives such a life never reboots.
    package static let rough = SimulationFaults(
        failing: 50, slow: 50, dying: 25, sparing: ["RunHooks \(HookPoint.systemStart.rawValue)"],
        calmAfter: .seconds(20))
    /// Something of everything and power cuts, for ten minutes: as long as two updates may take.
    package static let hostile = SimulationFaults(
        failing: 30, slow: 30, dying: 15, cutting: 15, calmAfter: .seconds(600))
}

/// Draws what becomes of each driver call.
final class Fate: Sendable {
    private let faults: SimulationFaults
    private let generator: Mutex<SeededGenerator>
    private let isCalm = Mutex(false)

    init(_ faults: SimulationFaults, drawing generator: SeededGenerator) {
        self.faults = faults
        self.generator = Mutex(generator)
    }

    func calm() { isCalm.withLock { $0 = true } }

    func outcome(of call: FakeCall) -> FakeOutcome {
        let isCalm = isCalm.withLock { $0 }
        // The same number of draws for every call, so that a fault more or less does not shift what comes later.
        let (harm, kind, jitter) = generator.withLock {
            ($0.draw(below: 1000), $0.draw(below: 4), $0.draw(below: 3000))
        }
        var outcome = FakeOutcome(latency: .milliseconds(1 + jitter % 20))
        if let fault = faults.script.first(where: { $0.concerns(call) }) {
            switch fault.effect {
            case .verdict(let verdict): outcome.verdict = verdict
            case .slow(let duration): outcome.latency = duration
            }
            return outcome
        }
        guard !isCalm else { return outcome }
        switch harm {
        case ..<faults.failing where faults.sparing.contains("\(call.operation) \(call.subject)"): break
        case ..<faults.failing: outcome.verdict = kind == 0 ? .failsAfterEffect(errno: 5) : .fails(errno: 5)
        case ..<(faults.failing + faults.slow): outcome.latency = .milliseconds(jitter)
        case ..<(faults.failing + faults.slow + faults.dying):
            outcome.verdict = kind < 2 ? .diesBefore : .diesAfter
        case ..<(faults.failing + faults.slow + faults.dying + faults.cutting):
            outcome.verdict = kind < 2 ? .cutBefore : .cutAfter
        default: break
        }
        return outcome
    }
}
