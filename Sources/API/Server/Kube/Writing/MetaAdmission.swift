import JSON
package import Model
package import Store

/// Metadata that users write as a resource: keys and values that files can hold.
package struct MetaAdmission<K: MetaKind>: ResourceAdmission {
    private let patience: Duration

    /// - Parameter patience: how long a change may take until it survives a power cut.
    package init(patience: Duration = .zero) {
        self.patience = patience
    }

    package func review(
        _ resource: AnyResource, replacing old: AnyResource?, in snapshot: Snapshot
    ) throws(AdmissionRefusal) -> [String] {
        guard let data = resource.as(K.self)?.spec.data else { return [] }
        let before = old?.as(K.self)?.spec.data ?? [:]
        var problems: [ManifestError] = []
        for (key, value) in data.sorted(by: { $0.key < $1.key }) where before[key] != value {
            if let problem = MetaSpec.problem(ofKey: key) ?? MetaSpec.problem(ofValue: value) {
                problems.append(ManifestError(path: "/spec/data", reason: "\(key.prefix(64)): \(problem)"))
            } else if value.isEmpty {
                problems.append(
                    ManifestError(path: "/spec/data", reason: "\(key): a value must not be empty; remove the key"))
            }
        }
        if data.count > MetaSpec.mostKeys {
            problems.append(
                ManifestError(path: "/spec/data", reason: "there must not be more than \(MetaSpec.mostKeys) keys"))
        }
        guard problems.isEmpty else { throw .invalid(problems) }
        return []
    }

    package func settle(_ resource: AnyResource, in store: ResourceStore) async {
        // One that is not written down in time says so in its condition Saved.
        _ = await store.wait(patience, on: [K.descriptor.name]) { snapshot in
            snapshot.get(K.self, K.selfName).map { $0.status.saved == $0.spec.data } ?? true
        }
    }
}
