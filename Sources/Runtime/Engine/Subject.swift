import Drivers
import Model

/// What the engine remembers of one resource on behalf of one controller.
struct Subject: Sendable {
    enum Phase: Sendable, Equatable {
        /// Nothing to do until something changes or its timer fires.
        case idle
        /// Waits in the ready queue.
        case queued
        /// Its plan is being made and written.
        case planning
        /// One of its actions runs.
        case acting
        /// Waits for its timer after a failure.
        case backingOff
    }

    let controller: Int
    let name: String
    var phase = Phase.idle
    /// Something it depends on changed while it could not be planned.
    var isDirty = false
    /// The rest of its plan, last action first.
    var pending: [AnyAction] = []
    /// Failures in a row.
    var failures = 0
    var lastFailure: DriverError?
    /// The generation and the wish to be deleted that it was last planned with: a change of either ends a back-off.
    var intent = Intent(generation: 0, isBeingDeleted: false)
    /// How often it was planned since something from outside happened.
    var plans = 0
    var epoch: UInt64 = 0

    init(controller: Int, name: String) {
        self.controller = controller
        self.name = name
    }
}

/// What somebody wants of a resource, as far as the engine can tell without knowing its kind.
struct Intent: Sendable, Equatable {
    var generation: Int64
    var isBeingDeleted: Bool

    init(generation: Int64, isBeingDeleted: Bool) {
        self.generation = generation
        self.isBeingDeleted = isBeingDeleted
    }

    init(of resource: AnyResource) {
        let metadata = resource.metadata
        self.init(generation: metadata.generation, isBeingDeleted: metadata.isBeingDeleted)
    }
}
