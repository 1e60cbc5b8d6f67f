import Drivers
package import Model
import Store

/// The engine's decisions as a value: changes, timers and results go in; plans and actions to run come out.
///
/// It has no clock, no store and no task, so that the device's shell and the simulator's run exactly the same steps.
///
/// A *subject* here is one resource as one controller sees it. Each is in one place at a time: idle, queued, planning,
/// acting or backing off. While it acts it is not planned, however much changes, because a second plan could start what
/// contradicts the action that runs (a start during a stop with grace); one more plan follows when the action is done.
package struct EngineCore: Sendable {
    package let controllers: [AnyController]
    package let backoff: Backoff

    /// By kind: who reads it, and how its changes map to subjects (nil = it is the subject itself).
    let readers: [KindName: [Reader]]
    var subjects: [Subject] = []
    /// By controller: the subjects by name.
    var places: [[String: Int]]
    var free: [Int] = []
    var ready: ReadyQueue
    var timers = Timers()
    /// Counts what happened from outside: users, sources, results of actions, time.
    var epoch: UInt64 = 1

    /// `drawing` chooses which ready subject comes next; nil = first in, first out.
    package init(
        _ controllers: [AnyController], backoff: Backoff = Backoff(), drawing generator: SeededGenerator? = nil
    ) throws(EngineError) {
        try EngineCore.checkOwnership(of: controllers)
        self.controllers = controllers
        self.backoff = backoff
        readers = EngineCore.readers(of: controllers)
        places = Array(repeating: [:], count: controllers.count)
        ready = ReadyQueue(drawing: generator)
    }

    /// The earliest time at which something is due; nil = only a change or a result can make work.
    package var deadline: Instant? {
        mutating get { timers.earliest }
    }

    package var isIdle: Bool { ready.isEmpty }

    /// Whether an action of any subject runs.
    package var isActing: Bool { subjects.contains { $0.phase == .acting } }
}

/// One resource as one controller sees it: a handle that is valid until its actions are finished.
package struct SubjectID: Sendable, Hashable {
    let place: Int
}

/// An action to run now; its result goes to `finish`.
package struct Command: Sendable {
    package let subject: SubjectID
    package let action: AnyAction
}

extension EngineCore {
    struct Reader: Sendable {
        let controller: Int
        let map: (@Sendable (AnyResource, World) -> [String])?
    }

    private static func checkOwnership(of controllers: [AnyController]) throws(EngineError) {
        var names: Set<String> = []
        var writers: [Output: String] = [:]
        for controller in controllers {
            guard names.insert(controller.name).inserted else { throw .sameName(controller.name) }
            for output in controller.outputs {
                if let first = writers[output] {
                    throw .twoWriters(of: output.kind, part: output.part, first: first, second: controller.name)
                }
                writers[output] = controller.name
            }
        }
    }

    private static func readers(of controllers: [AnyController]) -> [KindName: [Reader]] {
        var readers: [KindName: [Reader]] = [:]
        for (index, controller) in controllers.enumerated() {
            readers[controller.subject, default: []].append(Reader(controller: index, map: nil))
            for input in controller.inputs {
                readers[input.kind, default: []].append(Reader(controller: index, map: input.subjects))
            }
        }
        return readers
    }
}
