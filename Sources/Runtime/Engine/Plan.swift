package import Model

/// What a controller wants: writes first, then actions in order, then perhaps to be asked again later.
///
/// A value, so that tests compare whole plans.
package struct Plan<Subject: Kind, Action: Sendable & Equatable>: Sendable, Equatable {
    /// The subject's whole new status; nil = leave it.
    package var status: Subject.Status?
    /// The subject's finalizers; nil = leave them.
    ///
    /// Removing the last one of a resource that is being deleted ends it.
    package var finalizers: [String]?
    /// Writes to resources of other kinds (or other resources of this one).
    package var writes: [Write]
    /// Done one after the other; the first that fails ends the list.
    package var actions: [Action]
    package var events: [EventNote]
    /// Plan again at this time, if nothing else asks for it before.
    package var requeueAt: Instant?

    package init(
        status: Subject.Status? = nil, finalizers: [String]? = nil, writes: [Write] = [], actions: [Action] = [],
        events: [EventNote] = [], requeueAt: Instant? = nil
    ) {
        self.status = status
        self.finalizers = finalizers
        self.writes = writes
        self.actions = actions
        self.events = events
        self.requeueAt = requeueAt
    }

    /// Nothing to do.
    package static var nothing: Plan { Plan() }

    package func then(_ actions: Action...) -> Plan {
        var plan = self
        plan.actions += actions
        return plan
    }

    package func noting(_ events: EventNote...) -> Plan {
        var plan = self
        plan.events += events
        return plan
    }

    package func writing(_ writes: Write...) -> Plan {
        var plan = self
        plan.writes += writes
        return plan
    }

    package func again(at instant: Instant?) -> Plan {
        var plan = self
        plan.requeueAt = instant
        return plan
    }
}

/// A write to a resource other than the subject.
package enum Write: Sendable, Equatable {
    /// Creates it, or replaces `spec`, labels, owners and finalizers of the one that is there (status stays).
    case apply(AnyResource)
    /// Deletes it; finalizers make this wait.
    case delete(ResourceKey)
}

/// Something worth telling people about the subject.
package struct EventNote: Sendable, Hashable {
    package var level: Event.Level
    package var reason: String
    package var message: String

    package init(_ level: Event.Level, _ reason: String, _ message: String) {
        self.level = level
        self.reason = reason
        self.message = message
    }

    package init(_ reason: String, _ message: String) {
        self.init(.normal, reason, message)
    }
}
