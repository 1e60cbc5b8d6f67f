import Controllers
import Drivers
import FakeDrivers
import JSON
import Model
import Offline
import Simulator
import StateFormat
import Store

/// One device offline, told as a story: a revision, what its containers do, what goes wrong, what comes of it.
struct Story {
    let simulation: Simulation

    /// `containers` are the members of each container's `run.json` that matter to the story.
    init(
        groups: JSONValue? = nil, containers: KeyValuePairs<String, JSONValue>,
        behaving scripts: [String: ContainerScript] = [:], faults: [String] = [], seed: UInt64 = 1,
        settings: @escaping @Sendable (inout DeviceSettings) -> Void = { _ in }
    ) {
        self.init(
            state: Story.state(groups, containers), behaving: scripts, faults: faults, seed: seed, settings: settings)
    }

    init(
        state: JSONValue, behaving scripts: [String: ContainerScript] = [:], faults: [String] = [], seed: UInt64 = 1,
        settings: @escaping @Sendable (inout DeviceSettings) -> Void = { _ in }
    ) {
        let faults = SimulationFaults(script: faults.compactMap { Fault($0) })
        simulation = DeviceSimulation.make(
            of: state, seed: seed, faults: faults, scripts: scripts, settings: settings)
        simulation.reboots = true
    }

    static func state(_ groups: JSONValue?, _ containers: KeyValuePairs<String, JSONValue>) -> JSONValue {
        let sha = JSONValue.string(String(repeating: "a", count: 64))
        var state: JSONObject = ["#spec": "pantavisor-service-system@1"]
        if let groups { state["device.json"] = ["groups": groups] }
        for (name, members) in containers {
            var manifest: JSONObject = [
                "#spec": "service-manifest-run@1", "name": .string(name), "type": "lxc",
                "config": "lxc.container.conf", "root-volume": "root.squashfs",
            ]
            for (key, value) in members.object ?? [:] { manifest[key] = value }
            state["\(name)/run.json"] = .object(manifest)
            state["\(name)/lxc.container.conf"] = sha
            state["\(name)/root.squashfs"] = sha
        }
        return .object(state)
    }

    /// Puts a revision on the storage, and asks for it.
    func update(
        to revision: String, _ state: JSONValue, at seconds: Int = 10, action: Rollout.Action = .run,
        named name: String? = nil, retry: Bool? = nil, damaging object: String? = nil
    ) {
        ask(for: revision, at: seconds, action: action, named: name, retry: retry, uploading: state, damaging: object)
    }

    func ask(
        for revision: String?, at seconds: Int, action: Rollout.Action = .run, named name: String? = nil,
        retry: Bool? = nil, uploading state: JSONValue? = nil, damaging object: String? = nil
    ) {
        let name = name ?? Revision.resourceName(of: revision ?? "back")
        let rollout = Resource<Rollout>(name: name, spec: .init(revision: revision, action: action, retry: retry))
        simulation.at(.seconds(seconds), "\(action.rawValue) \(revision ?? "")") { [unowned simulation] store in
            do {
                if let revision, let state {
                    simulation.upload(state, as: revision)
                    if let object { simulation.world.addObject(object, isDamaged: true) }
                    try store.announce(state, as: revision)
                }
                try store.create(AnyResource(rollout))
            } catch {
                preconditionFailure("the store refuses \(name): \(error)")
            }
        }
        // A runtime that dies before it has written the wish down has not answered: whoever asked asks again.
        simulation.at(.seconds(seconds + 5), "ask again") { store in
            let target = store.snapshot().get(Revision.self, Revision.resourceName(of: revision ?? ""))
            guard target?.status.phase == .new, store.snapshot().get(Rollout.self, name) == nil else { return }
            do {
                try store.create(AnyResource(rollout))
            } catch {
                preconditionFailure("the store refuses \(name): \(error)")
            }
        }
    }

    func revision(_ name: String) -> Resource<Revision>? {
        simulation.store?.snapshot().get(Revision.self, Revision.resourceName(of: name))
    }
    func rollout(_ name: String) -> Resource<Rollout>? {
        simulation.store?.snapshot().get(Rollout.self, Revision.resourceName(of: name))
    }
    /// What a revision's progress file says.
    func progress(_ name: String) throws -> String? {
        guard let bytes = simulation.world.file(simulation.world.layout.progress(of: name)) else { return nil }
        let record = try JSONValue(parsing: bytes)
        return "\(record["status"]?.string ?? ""): \(record["status-msg"]?.string ?? "")"
    }

    /// Runs on, to this time since boot, or to the end if it is quiet before.
    @discardableResult func run(to seconds: Int = 600) -> Simulation.Ending {
        simulation.run(until: .seconds(seconds))
    }

    func container(_ name: String) -> Resource<Container>? { simulation.store?.snapshot().get(Container.self, name) }
    func group(_ name: String) -> Resource<Group>? { simulation.store?.snapshot().get(Group.self, name) }
    var device: Resource<Device>? { simulation.store?.snapshot().get(Device.self, Device.selfName) }
    func phase(_ name: String) -> ContainerPhase? { container(name)?.status.phase }
    func starts(of name: String) -> Int { simulation.world.starts(of: name) }

    /// The reasons of the events about a resource, oldest first.
    func events(_ kind: String, _ name: String) -> [String] {
        let events = simulation.store?.snapshot().all(Event.self) ?? []
        return events.filter { $0.spec.involvedObject.kind == kind && $0.spec.involvedObject.name == name }
            .sorted { $0.metadata.resourceVersion < $1.metadata.resourceVersion }
            .map { $0.spec.count > 1 ? "\($0.spec.reason) x\($0.spec.count)" : $0.spec.reason }
    }

    /// What the user does with a container's wish to run.
    func user(at seconds: Int, wants run: RunState, of name: String) {
        simulation.at(.seconds(seconds), "\(run.rawValue) \(name)") { store in
            do {
                try store.modify(Container.self, name, part: .main) { $0.spec.run = run }
            } catch {
                preconditionFailure("\(name) is not there: \(error)")
            }
        }
    }
}

extension ResourceStore {
    /// What a finished upload tells the store.
    func announce(_ state: JSONValue, as revision: String) throws {
        var resource = Resource<Revision>(
            name: Revision.resourceName(of: revision), spec: Revision.Spec(revision: revision, state: state))
        resource.metadata.finalizers = [Revision.trailFinalizer]
        try create(AnyResource(resource))
        for name in objectNames(in: state) where snapshot().get(Object.self, name) == nil {
            var object = Resource<Object>(name: name, spec: Object.Spec(size: 4096))
            object.metadata.finalizers = [Object.removeFinalizer]
            try create(AnyResource(object))
        }
    }
}
