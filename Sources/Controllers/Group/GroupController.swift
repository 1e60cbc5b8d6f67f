package import Drivers
package import Engine
package import Model

/// Opens a group's gate when every earlier group is at its goal or out of time, and says how its members stand.
package struct GroupController: Controller {
    package typealias Subject = Group

    /// It has nothing to do but to look.
    package enum Action: Sendable, Equatable, CustomStringConvertible {
        package var description: String { "" }
    }

    package static let name = "group"
    package static let inputs: [Input] = [
        .mapping(Container.self) { container, _ in [container.spec.group] },
        .mapping(Group.self) { group, world in
            world.all(Group.self).filter { $0.spec.order > group.spec.order }.map(\.name)
        },
    ]
    package static let outputs: [Output] = [.status(of: Group.self)]

    package init() {}

    package func plan(_ group: Resource<Group>, in world: World) -> Plan<Group, Action> {
        guard !group.metadata.isBeingDeleted else { return .nothing }
        var status = group.status
        var events: [EventNote] = []
        let blocking = world.all(Group.self)
            .filter { $0.spec.order < group.spec.order && $0.status.goal == .unachieved }
            .min { $0.spec.order < $1.spec.order }
        if status.openedAt == nil, blocking == nil {
            status.openedAt = world.now
            events.append(EventNote("Opened", "every earlier group is at its goal or out of time"))
        }
        status.count(world.all(Container.self).filter { $0.spec.group == group.name })
        status.clock(group.metadata.labels[RevisionController.revisionLabel], at: world.now)
        let deadline = status.behindSince.map { $0 + .seconds(group.spec.timeout) }
        status.judge(isPast: deadline.map { $0 <= world.now } ?? false)
        if status.goal != group.status.goal, let note = group.note(on: status) { events.append(note) }
        status.describe(group.spec, blocking: blocking?.name, at: world.wall)
        return Plan(
            status: status == group.status ? nil : status, events: events,
            requeueAt: status.goal == .unachieved ? deadline : nil)
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Group> {}
}

extension Group.Status {
    fileprivate mutating func count(_ containers: [Resource<Container>]) {
        let behind = containers.filter { $0.status.goal != .achieved }
        members = containers.count
        membersReached = containers.count - behind.count
        phase = behind.map(\.status.phase).min { $0.rank < $1.rank } ?? .ready
    }

    /// The timeout runs while the group is behind its goal, and anew for each revision.
    fileprivate mutating func clock(_ revision: String?, at now: Instant) {
        guard isOpen, membersReached < members else {
            behindSince = nil
            self.revision = revision
            return
        }
        if behindSince == nil || self.revision != revision { behindSince = now }
        self.revision = revision
    }

    fileprivate mutating func judge(isPast: Bool) {
        goal = isOpen && membersReached == members ? .achieved : isPast ? .timedOut : .unachieved
    }

    fileprivate mutating func describe(_ spec: Group.Spec, blocking: String?, at now: Timestamp) {
        conditions.set(
            "Open", isOpen ? .yes : .no, reason: isOpen ? "EarlierGroupsDone" : "Blocked",
            message: isOpen ? "" : "waits for group \(blocking ?? "")", at: now)
        let count = "\(membersReached) of \(members) members are at \(spec.statusGoal.rawValue)"
        conditions.set(
            "GoalReached", goal == .achieved ? .yes : .no, reason: goal == .achieved ? "GoalReached" : "Waiting",
            message: count, at: now)
        conditions.set(
            "TimedOut", goal == .timedOut ? .yes : .no, reason: goal == .timedOut ? "GoalTimeout" : "InTime",
            message: goal == .timedOut ? "\(count) after \(spec.timeout) s; later groups start anyway" : "", at: now)
    }
}

extension Resource<Group> {
    fileprivate func note(on status: Group.Status) -> EventNote? {
        switch status.goal {
        case .achieved: EventNote("GoalReached", "all members are at \(spec.statusGoal.rawValue)")
        case .timedOut:
            EventNote(.warning, "GoalTimeout", "not at its goal \(spec.timeout) s after its gate opened")
        case .unachieved: EventNote(.warning, "GoalLost", "a member left \(spec.statusGoal.rawValue)")
        }
    }
}

extension ContainerPhase {
    /// How far along a phase is; what failed is behind everything else.
    var rank: Int {
        switch self {
        case .stopped: 0
        case .recovering: 1
        case .stopping: 2
        case .installed: 3
        case .blocked: 4
        case .mounted: 5
        case .starting: 6
        case .started: 7
        case .ready: 8
        }
    }
}
