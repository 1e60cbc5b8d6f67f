import Drivers
import Engine
import Model
import StateFormat
import Store

extension Expansion {
    /// Everything a revision asks for, as it is to be stored: owned by the revision, groups first.
    ///
    /// What a user said of a container (`spec.run`) is kept: from the container itself, or when the runtime is new,
    /// from the journal.
    func resources(
        ownedBy revision: Resource<Revision>, keeping world: World, stopped: Set<String>,
        objections: [String: String] = [:]
    ) -> [AnyResource] {
        func own<K: Kind>(_ resource: Resource<K>) -> Resource<K> {
            var owned = resource
            owned.metadata.ownerReferences = [revision.asOwner]
            owned.metadata.labels[RevisionController.revisionLabel] = revision.name
            return owned
        }
        let containers = containers.map { container in
            var container = own(container)
            let existing = world.get(Container.self, container.name)
            container.spec.run = existing?.spec.run ?? (stopped.contains(container.name) ? .stopped : .running)
            container.metadata.annotations = existing?.metadata.annotations ?? [:]
            container.spec.objection = objections[container.name]
            return container
        }
        let modules = modules.map { module in
            var module = own(module)
            module.spec.load = world.get(Module.self, module.name)?.spec.load
            return AnyResource(module)
        }
        return groups.map { AnyResource(own($0)) } + modules + (bsp.map { [AnyResource(own($0))] } ?? [])
            + containers.map { AnyResource($0) } + volumes.map { AnyResource(own($0)) }
    }
}

extension World {
    /// The groups, containers, volumes, modules and BSP that carry a revision's label.
    func derived(from revision: Resource<Revision>) -> [AnyResource] {
        let all =
            self.all(Group.self).map { AnyResource($0) } + self.all(Container.self).map { AnyResource($0) }
            + self.all(Volume.self).map { AnyResource($0) } + self.all(BSP.self).map { AnyResource($0) }
            + self.all(Module.self).map { AnyResource($0) }
        return all.filter { $0.metadata.labels[RevisionController.revisionLabel] == revision.name }
    }

    /// Whether a resource is missing or is not what is wanted of it.
    ///
    /// One that is being deleted is waited for.
    func differs(from wanted: AnyResource) -> Bool {
        guard let existing = snapshot[wanted.key] else { return true }
        guard !existing.metadata.isBeingDeleted else { return false }
        var metadata = existing.metadata
        metadata.take(from: wanted.metadata)
        return !existing.hasSameSpec(as: wanted) || metadata != existing.metadata
    }
}
