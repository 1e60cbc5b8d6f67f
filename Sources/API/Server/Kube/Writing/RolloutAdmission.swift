import JSON
package import Model
package import Store

/// Attempts that users ask for: there must be something to move to.
package struct RolloutAdmission: ResourceAdmission {
    private let patience: Duration

    /// - Parameter patience: how long a new attempt may take until a runtime that dies would go on with it.
    package init(patience: Duration = .zero) {
        self.patience = patience
    }

    package func review(
        _ resource: AnyResource, replacing old: AnyResource?, in snapshot: Snapshot
    ) throws(AdmissionRefusal) -> [String] {
        guard let spec = resource.as(Rollout.self)?.spec else { return [] }
        func refuse(_ place: String, _ reason: String) -> AdmissionRefusal {
            .invalid([ManifestError(path: place, reason: reason)])
        }
        guard old == nil else {
            let before = old?.as(Rollout.self)?.spec.action
            guard spec.action == before || spec.action == .abort else {
                throw refuse("/spec/action", "can only become Abort; make another rollout")
            }
            return []
        }
        switch spec.action {
        case .abort: throw refuse("/spec/action", "set it to Abort on the rollout that is to be given up")
        case .rollback: return []
        case .run, .runCommit, .tryOnce, .apply:
            guard let name = spec.revision else {
                throw refuse("/spec/revision", "Required value: the revision to move to")
            }
            guard snapshot.get(Revision.self, Revision.resourceName(of: name)) != nil else {
                throw refuse("/spec/revision", "there is no revision \(JSONValue.quoted(name)); create it first")
            }
            return []
        }
    }

    /// What is answered outlives the runtime.
    package func settle(_ resource: AnyResource, in store: ResourceStore) async {
        // One that could not be written down in time is shown as pending, and was not promised to anybody.
        _ = await store.waitUntilRemembered(resource.name, patience)
    }
}
