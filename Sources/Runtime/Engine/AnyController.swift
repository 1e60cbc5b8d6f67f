import Drivers
package import Model
import Store

/// A controller whose types are gone: one closure call from the engine to the plan.
package struct AnyController: Sendable {
    package let name: String
    package let subject: KindName
    package let inputs: [Input]
    package let outputs: [Output]

    /// Everything the controller declared, and so may read.
    let readable: Set<KindName>
    let plan: @Sendable (_ subject: AnyResource, _ world: World, _ hasFailed: Bool) -> AnyPlan
    /// Sets the subject's `Progressing` condition; a subject that is gone is a success.
    let setProgressing: @Sendable (_ name: String, _ condition: Condition, _ store: ResourceStore) -> Void

    package init<C: Controller>(_ controller: C) {
        name = C.name
        subject = C.Subject.descriptor.name
        inputs = C.inputs
        outputs = C.outputs
        readable = Set(C.inputs.map(\.kind) + C.outputs.map(\.kind) + [C.Subject.descriptor.name])
        let writesStatus = C.outputs.contains(.status(of: C.Subject.self))
        plan = { subject, world, hasFailed in
            guard let subject = subject.as(C.Subject.self) else { return AnyPlan() }
            let plan = controller.plan(subject, in: world)
            assert(plan.status == nil || writesStatus, "\(C.name) writes a status that is not among its outputs")
            var erased = plan.erased(for: subject, of: controller, at: world.wall, hasFailed: hasFailed)
            if plan.status == nil, writesStatus { erased.observe(subject) }
            return erased
        }
        setProgressing = { name, condition, store in
            do {
                try store.modify(C.Subject.self, name, part: .status) { subject in
                    subject.status.conditions.set(
                        condition.type, condition.status, reason: condition.reason, message: condition.message,
                        at: condition.lastTransitionTime)
                }
            } catch {
                // The subject went away while its action ran: there is nobody left to tell.
            }
        }
    }
}

extension Plan {
    fileprivate func erased<C: Controller>(
        for subject: Resource<Subject>, of controller: C, at wall: Timestamp, hasFailed: Bool
    ) -> AnyPlan where C.Subject == Subject, C.Action == Action {
        var plan = AnyPlan(writes: writes, events: events, requeueAt: requeueAt)
        if let status = completed(for: subject, at: wall, hasFailed: hasFailed), status != subject.status {
            var changed = subject
            changed.status = status
            plan.subject = AnyResource(changed)
        }
        if let finalizers {
            // Those of users' tools are not a controller's to take.
            let all = finalizers + subject.metadata.finalizers.filter { !$0.hasPrefix(Metadata.reserved) }
            if all != subject.metadata.finalizers { plan.finalizers = all }
        }
        if !actions.isEmpty { plan.actions = actions.map { AnyAction($0, for: subject.name, of: controller) } }
        return plan
    }

    /// The status with what the engine sees to: the generation it speaks of, the times of its conditions, and the
    /// `Progressing` condition, which a plan neither loses nor overrules while a failure stands.
    private func completed(for subject: Resource<Subject>, at wall: Timestamp, hasFailed: Bool) -> Subject.Status? {
        guard var status else { return nil }
        status.observedGeneration = subject.metadata.generation
        let before = subject.status.conditions
        guard status.conditions != before else { return status }
        if let progressing = before[Condition.progressing],
            hasFailed || status.conditions[Condition.progressing] == nil
        {
            status.conditions.removeAll { $0.type == Condition.progressing }
            status.conditions.append(progressing)
        }
        for index in status.conditions.indices {
            let condition = status.conditions[index]
            let known = before[condition.type]
            status.conditions[index].lastTransitionTime =
                known?.status == condition.status ? known?.lastTransitionTime ?? wall : wall
        }
        return status
    }
}

extension AnyPlan {
    /// A plan that leaves the status as it is has looked at the new spec all the same.
    fileprivate mutating func observe<K: Kind>(_ subject: Resource<K>) {
        guard subject.status.observedGeneration != subject.metadata.generation else { return }
        var observed = subject
        observed.status.observedGeneration = subject.metadata.generation
        self.subject = AnyResource(observed)
        isOnlyObserved = true
    }
}

extension AnyAction {
    fileprivate init<C: Controller>(_ action: C.Action, for name: String, of controller: C) {
        describe = { action.description }
        perform = {
            do throws(DriverError) {
                let facts = try await controller.perform(action)
                return .success { store throws(StoreError) in
                    for resource in facts.found where store.snapshot()[resource.key] == nil {
                        try store.create(resource)
                    }
                    try store.modify(C.Subject.self, name, part: .status) { facts.apply(&$0.status) }
                }
            } catch {
                return .failure(error)
            }
        }
    }
}
