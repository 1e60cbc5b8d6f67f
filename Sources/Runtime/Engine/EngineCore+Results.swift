package import Drivers
package import Model

extension EngineCore {
    /// What follows from the result of an action.
    package struct Outcome: Sendable {
        package var command: Command?
        /// Whether an earlier failure is over.
        package var recovered = false
    }

    /// An action worked.
    ///
    /// The next one of its plan follows, if there is one.
    package mutating func finish(_ id: SubjectID) -> Outcome {
        epoch += 1
        if !subjects[id.place].pending.isEmpty { return Outcome(command: nextAction(of: id)) }
        let recovered = clearFailure(id.place)
        rest(id.place)
        return Outcome(recovered: recovered)
    }

    /// An action, or the plan itself, failed: the rest is dropped and the subject waits, longer each time.
    ///
    /// Returns whether the failure differs from the last one, and so is news.
    package mutating func fail(_ id: SubjectID, _ error: DriverError, now: Instant) -> Bool {
        let place = id.place
        let isNews = subjects[place].lastFailure != error
        epoch += 1
        subjects[place].pending = []
        subjects[place].failures += 1
        subjects[place].lastFailure = error
        subjects[place].isDirty = false
        subjects[place].phase = .backingOff
        timers.set(place, at: now + backoff.delay(after: subjects[place].failures))
        return isNews
    }

    mutating func nextAction(of id: SubjectID) -> Command? {
        guard let action = subjects[id.place].pending.popLast() else { return nil }
        subjects[id.place].phase = .acting
        return Command(subject: id, action: action)
    }

    /// Leaves a subject alone, or plans it once more when something changed meanwhile.
    mutating func rest(_ place: Int) {
        if subjects[place].isDirty {
            enqueue(place)
        } else {
            subjects[place].phase = .idle
        }
    }

    /// Returns whether there was a failure.
    mutating func clearFailure(_ place: Int) -> Bool {
        guard subjects[place].lastFailure != nil else { return false }
        subjects[place].failures = 0
        subjects[place].lastFailure = nil
        return true
    }
}
