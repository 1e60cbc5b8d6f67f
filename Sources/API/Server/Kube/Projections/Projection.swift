import JSON
import Model
import Store

/// A kind of Kubernetes' own as a read-only view of one of ours: so that kubectl's logs, exec, top and rollout find what
/// they know.
struct Projection: Sendable {
    /// Whose resources it shows, one by one.
    let source: KindName
    /// A kind whose changes also change what is shown.
    let trigger: KindName?
    /// The name it shows a resource under.
    let name: @Sendable (String) -> String
    let document: @Sendable (AnyResource, Snapshot, Hardware) -> JSONValue
    /// The cells between name and age.
    let cells: @Sendable (JSONValue) -> [JSONValue]

    init(
        of source: KindName, trigger: KindName? = nil, name: @escaping @Sendable (String) -> String = { $0 },
        cells: @escaping @Sendable (JSONValue) -> [JSONValue],
        document: @escaping @Sendable (AnyResource, Snapshot, Hardware) -> JSONValue
    ) {
        self.source = source
        self.trigger = trigger
        self.name = name
        self.cells = cells
        self.document = document
    }

    /// All there are, in the order discovery tells them.
    static let all = [namespace, node, pod, deployment, replicaSet]

    /// The beginning of a document: who the source is, under the projection's name and without what only we understand.
    static func document(
        _ entry: KindDescriptor, _ name: String, of source: AnyResource, labels: [String: String] = [:],
        annotations: [String: String] = [:], _ rest: [String: JSONValue]
    ) -> JSONValue {
        var metadata = source.metadata
        metadata.name = name
        metadata.namespace = entry.isNamespaced ? ResourcePath.namespace : nil
        metadata.labels.merge(labels) { own, _ in own }
        metadata.annotations = annotations
        metadata.ownerReferences = []
        metadata.managedFields = nil
        var document: JSONObject = [
            "kind": .string(entry.name.description), "apiVersion": .string(entry.apiVersion),
            // Metadata of the model has nothing that could fail to be written.
            "metadata": (try? JSONValue(encoding: metadata)) ?? [:],
        ]
        for key in ["spec", "status"] { document[key] = rest[key] ?? [:] }
        return .object(document)
    }
}

/// A resource as one kind shows it.
struct Shown {
    let resource: AnyResource
    /// nil = as it is.
    let document: JSONValue?
    /// What it is called there.
    let name: String

    func json() -> [UInt8] { document?.compactBytes() ?? resource.json() }

    func partialJSON() -> [UInt8] {
        guard let document else { return resource.partialJSON() }
        let partial: JSONValue = [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": document["metadata"] ?? [:],
        ]
        return partial.compactBytes()
    }

    var labels: [String: String] {
        guard let document else { return resource.metadata.labels }
        return (document["metadata"]?["labels"]?.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.string ?? "" }
    }
}
