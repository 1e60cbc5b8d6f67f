import Controllers
import Drivers
import Engine
import JSON
import Model
import StateFormat
import Store
import Testing

struct RevisionPlanTests {
    let controller = RevisionController(
        storage: NoDrivers(), layout: Samples.layout, documents: RevisionDocuments(options: .init(bsp: .ignored)),
        settings: RolloutSettings())

    private static let sha = String(repeating: "a", count: 64)
    private let state: JSONValue = [
        "#spec": "pantavisor-service-system@1",
        "web/run.json": [
            "#spec": "service-manifest-run@1", "name": "web", "type": "lxc", "config": "lxc.container.conf",
            "root-volume": "root.squashfs", "group": "app",
        ],
        "web/lxc.container.conf": .string(sha),
        "web/root.squashfs": .string(sha),
    ]

    private func revision(_ change: (inout Resource<Revision>) -> Void = { _ in }) -> Resource<Revision> {
        var revision = Resource<Revision>(name: "1", spec: Revision.Spec(revision: "1", state: state))
        revision.metadata.uid = "u1"
        revision.status.isCheckedOut = true
        change(&revision)
        return revision
    }

    private func plan(
        _ revision: Resource<Revision>, device: Resource<Device> = Samples.device(), _ others: AnyResource...
    ) -> Plan<Revision, RevisionController.Action> {
        let resources = [revision.any, device.any] + others
        return controller.plan(revision, in: World(.init(of: resources), now: Samples.now, wall: Samples.wall))
    }

    private func applied(_ plan: Plan<Revision, RevisionController.Action>) -> [ResourceKey] {
        plan.writes.compactMap { write in
            switch write {
            case .apply(let resource): resource.key
            case .delete: nil
            }
        }
    }

    private func deleted(_ plan: Plan<Revision, RevisionController.Action>) -> [ResourceKey] {
        plan.writes.compactMap { write in
            switch write {
            case .apply: nil
            case .delete(let key): key
            }
        }
    }

    @Test func `a revision is checked out before anything comes of it`() {
        let result = plan(revision { $0.status.isCheckedOut = false })
        #expect(result.actions.map(\.description) == ["check out 1", "mark 1 as current"])
        #expect(result.writes.isEmpty)
    }

    @Test func `the active revision becomes groups, containers and volumes`() {
        let result = plan(revision())
        #expect(
            applied(result).map(\.description) == [
                "Group/data", "Group/root", "Group/platform", "Group/app", "Container/web", "Volume/web:root.squashfs",
            ])
        #expect(result.status?.conditions.isTrue("Active") == true)
    }

    @Test func `what is there already is not written again`() throws {
        let resources = plan(revision()).writes.compactMap { write -> AnyResource? in
            switch write {
            case .apply(let resource): resource
            case .delete: nil
            }
        }
        let world = World(
            .init(of: resources + [revision().any, Samples.device().any]), now: Samples.now, wall: Samples.wall)
        #expect(controller.plan(revision(), in: world).writes.isEmpty)
    }

    @Test func `what the state no longer names is deleted`() {
        let old = Samples.container("old") { $0.metadata.labels[RevisionController.revisionLabel] = "1" }
        #expect(deleted(plan(revision(), old.any)) == [old.key])
    }

    @Test func `a user's stop is kept, from the container or from the journal`() {
        let device = Samples.device { $0.status.stoppedContainers = ["web"] }
        let fresh = plan(revision(), device: device)
        let container = fresh.writes.compactMap { write -> Resource<Container>? in
            switch write {
            case .apply(let resource): resource.as(Container.self)
            case .delete: nil
            }
        }.first
        #expect(container?.spec.run == .stopped)
    }

    @Test func `nothing is expanded before the journal was read`() {
        let device = Samples.device { device in
            device.status.stoppedContainers = nil
            device.status.currentRevision = nil
        }
        #expect(plan(revision(), device: device).writes.isEmpty)
    }

    @Test func `a revision that is not current takes back what it made, groups last`() {
        func mine<K: Kind>(_ resource: Resource<K>) -> AnyResource {
            var copy = resource
            copy.metadata.labels[RevisionController.revisionLabel] = "1"
            return copy.any
        }
        let off = Samples.device { $0.spec.power = .off }
        let both = plan(revision(), device: off, mine(Samples.container()), mine(Samples.group()))
        #expect(deleted(both).map(\.description) == ["Container/web"])
        #expect(deleted(plan(revision(), device: off, mine(Samples.group()))).map(\.description) == ["Group/app"])
    }

    @Test func `a state that cannot be used is refused with every problem`() {
        let result = plan(revision { $0.spec.state = ["web/run.json": ["name": "other"]] })
        #expect(result.writes.isEmpty)
        let condition = result.status?.conditions["Valid"]
        #expect(condition?.status == .no)
        #expect(condition?.message.contains("#spec") == true)
        #expect(condition?.message.contains("web~1run.json") == true)
    }
}
