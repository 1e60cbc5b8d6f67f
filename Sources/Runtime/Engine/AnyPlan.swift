package import Drivers
package import Model
package import Store

/// A plan whose types are gone, with the engine's own rules already applied to the status in it.
package struct AnyPlan: Sendable {
    /// The subject with its new status, when that differs from the one it has.
    package var subject: AnyResource?
    /// Whether that says nothing but that the present spec was looked at.
    var isOnlyObserved = false
    /// The subject's new finalizers, when they differ.
    package var finalizers: [String]?
    package var writes: [Write] = []
    package var actions: [AnyAction] = []
    package var events: [EventNote] = []
    package var requeueAt: Instant?

    /// Whether the plan asks for nothing at all, now or later.
    var isSettled: Bool {
        (subject == nil || isOnlyObserved) && finalizers == nil && writes.isEmpty && actions.isEmpty && requeueAt == nil
    }
}

/// One driver call of a plan, ready to be made.
package struct AnyAction: Sendable, CustomStringConvertible {
    let describe: @Sendable () -> String
    package let perform: @Sendable () async -> ActionResult

    package var description: String { describe() }
}

/// What came of a driver call.
package enum ActionResult: Sendable {
    /// It worked; the closure writes what it learned into the subject's status.
    case success(@Sendable (ResourceStore) throws(StoreError) -> Void)
    case failure(DriverError)
}
