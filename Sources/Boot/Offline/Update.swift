import Controllers
import Drivers
import Engine
import FakeDrivers
import JSON
import Model
import Simulator
import StateFormat
import Store

/// One revision that somebody moves a device to, in a life of updates.
struct Update {
    enum Defect: Int, CaseIterable {
        case none, alsoNone, crashes, neverReady, panics
    }

    let revision: String
    let state: JSONValue
    let action: Rollout.Action
    let at: Duration
    let defect: Defect
    /// The container that was changed.
    let container: String

    var isGood: Bool { defect == .none || defect == .alsoNone }
    var name: String { Revision.resourceName(of: revision) }

    /// Two or three, each a change of one container of the one before it, at times that may overlap.
    static func plan(_ state: JSONValue, with chance: inout SeededGenerator) -> [Update] {
        let containers = (state.object ?? [:]).compactMap { key, value in
            key.hasSuffix("/run.json") && value["type"] != nil ? value["name"]?.string : nil
        }.sorted()
        var updates: [Update] = []
        var base = state
        for number in 1...(2 + chance.draw(below: 2)) {
            let container = containers[chance.draw(below: containers.count)]
            let defect = Defect.allCases[chance.draw(below: Defect.allCases.count)]
            let actions: [Rollout.Action] = [.run, .run, .run, .runCommit, .tryOnce]
            let new = changed(base, container, number, defect)
            let update = Update(
                revision: "locals/u\(number)", state: new, action: actions[chance.draw(below: actions.count)],
                at: .seconds(number * 120 - 100 + chance.draw(below: 60)), defect: defect, container: container)
            if update.isGood { base = new }
            updates.append(update)
        }
        return updates
    }

    private static func changed(
        _ state: JSONValue, _ container: String, _ number: Int, _ defect: Defect
    ) -> JSONValue {
        var members = state.object ?? [:]
        let digit = String(number, radix: 16)
        members["\(container)/update.json"] = ["number": .integer(Int64(number))]
        members["\(container)/update.bin"] = .string(String(repeating: digit, count: 64))
        var manifest = members["\(container)/run.json"]?.object ?? [:]
        if defect == .crashes { manifest["auto_recovery"] = ["policy": "no"] }
        if defect == .neverReady { manifest["status_goal"] = "READY" }
        // A kernel is no container's: what changes it needs a reboot.
        if defect == .panics { members["kernel.bin"] = .string(String(repeating: digit, count: 64)) }
        members["\(container)/run.json"] = .object(manifest)
        return .object(members)
    }

    /// Uploads it and asks for it, as soon as there is a runtime to ask from that time on.
    func happen(in simulation: Simulation) {
        switch defect {
        case .none, .alsoNone: break
        case .crashes: simulation.world.script(container, in: revision, .exits(7, after: .milliseconds(50)))
        case .neverReady: simulation.world.script(container, in: revision, ContainerScript())
        case .panics: simulation.world.breakKernel(of: revision)
        }
        ask(in: simulation, at: at)
    }

    private func ask(in simulation: Simulation, at time: Duration) {
        simulation.at(time, "\(action.rawValue) \(revision) (\(defect))") { [unowned simulation] store in
            guard store.snapshot().get(Device.self, Device.selfName) != nil else {
                // Nobody can ask a runtime that has not read its storage yet.
                return ask(in: simulation, at: .milliseconds(simulation.now.milliseconds + 500))
            }
            simulation.upload(state, as: revision)
            announce(to: store)
        }
    }

    private func announce(to store: ResourceStore) {
        var resource = Resource<Revision>(name: name, spec: Revision.Spec(revision: revision, state: state))
        resource.metadata.finalizers = [Revision.trailFinalizer]
        var resources = [AnyResource(resource)]
        resources += objectNames(in: state).map { AnyResource(StoredObject(name: $0, size: 4096).resource()) }
        resources.append(AnyResource(Resource<Rollout>(name: name, spec: .init(revision: revision, action: action))))
        for resource in resources {
            do {
                try store.create(resource)
            } catch {
                // It is there from an earlier upload.
            }
        }
    }
}
