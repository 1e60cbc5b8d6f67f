import JSON
package import Model
package import Store

/// Attempts that users ask for: there must be something to move to.
package struct RolloutAdmission: ResourceAdmission {
    package init() {}

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
}
