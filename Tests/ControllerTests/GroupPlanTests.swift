import Controllers
import Engine
import Model
import Store
import Testing

struct GroupPlanTests {
    private func plan(
        _ group: Resource<Group>, _ others: AnyResource..., at now: Instant = Samples.now
    ) -> Plan<Group, GroupController.Action> {
        GroupController().plan(group, in: World(.init(of: [group.any] + others), now: now, wall: Samples.wall))
    }

    private let reached = Samples.container { container in
        container.status.phase = .started
        container.status.goal = .achieved
    }

    @Test func `the first group is open from the start`() {
        let result = plan(Samples.group { $0.status.openedAt = nil }, Samples.container().any)
        #expect(result.status?.openedAt == Samples.now)
        #expect(result.status?.goal == .unachieved)
        #expect(result.requeueAt == Samples.now + .seconds(30))
    }

    @Test func `a group stays shut while an earlier one is not at its goal`() {
        let result = plan(Samples.group(order: 1) { $0.status.openedAt = nil }, Samples.group("root").any)
        #expect(result.status?.isOpen == false)
        #expect(result.status?.conditions["Open"]?.message == "waits for group root")
        #expect(result.requeueAt == nil)
    }

    @Test(arguments: [GoalState.achieved, .timedOut])
    func `an earlier group that is done, or out of time, lets the next one go`(goal: GoalState) {
        let earlier = Samples.group("root") { $0.status.goal = goal }
        let result = plan(Samples.group(order: 1) { $0.status.openedAt = nil }, earlier.any)
        #expect(result.status?.isOpen == true)
    }

    @Test func `a group is at its goal when all members are`() {
        let result = plan(Samples.group(), reached.any)
        #expect(result.status?.goal == .achieved)
        #expect(result.status?.phase == .ready)
        #expect(result.status?.membersReached == 1)
        #expect(result.requeueAt == nil)
    }

    @Test func `a group that is late says so and is looked at no more`() {
        let member = Samples.container { $0.status.phase = .starting }
        let result = plan(Samples.group(), member.any, at: Samples.now + .seconds(30))
        #expect(result.status?.goal == .timedOut)
        #expect(result.status?.phase == .starting)
        #expect(
            result.status?.conditions["TimedOut"]?.message
                == "0 of 1 members are at STARTED after 30 s; later groups start anyway")
        #expect(result.requeueAt == nil)
    }

    @Test func `a group that lost its goal long after it opened has its whole timeout again`() {
        let open = Samples.group { group in
            group.status.goal = .achieved
            group.status.behindSince = nil
        }
        let later = Samples.now + .seconds(3600)
        let result = plan(open, Samples.container { $0.status.phase = .recovering }.any, at: later)
        #expect(result.status?.goal == .unachieved)
        #expect(result.requeueAt == later + .seconds(30))
    }

    @Test func `a group of a new revision has its whole timeout again`() {
        let late = Samples.group { group in
            group.status.goal = .timedOut
            group.status.revision = "1"
            group.metadata.labels[RevisionController.revisionLabel] = "2"
        }
        let later = Samples.now + .seconds(3600)
        let result = plan(late, Samples.container { $0.status.phase = .starting }.any, at: later)
        #expect(result.status?.goal == .unachieved)
        #expect(result.status?.revision == "2")
        #expect(result.requeueAt == later + .seconds(30))
    }

    @Test func `a late group that reaches its goal after all is at it`() {
        let late = Samples.group { $0.status.goal = .timedOut }
        #expect(plan(late, reached.any, at: Samples.now + .seconds(60)).status?.goal == .achieved)
    }

    @Test func `a gate that opened once stays open`() {
        let result = plan(Samples.group(order: 1), Samples.group("root") { $0.status.goal = .unachieved }.any)
        #expect(result.status?.isOpen ?? true)
    }

    @Test func `a group shows its worst member`() {
        let members = [ContainerPhase.started, .recovering, .starting].enumerated().map { index, phase in
            Samples.container("c\(index)") { $0.status.phase = phase }.any
        }
        #expect(plan(Samples.group(), members[0], members[1], members[2]).status?.phase == .recovering)
    }
}
