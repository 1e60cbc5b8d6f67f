/// Who a resource is and how it came to be; the Kubernetes ObjectMeta fields that this API keeps.
package struct Metadata: Sendable, Hashable {
    package var name: String
    /// Only events live in a namespace (`default`); every other kind is cluster-scoped.
    package var namespace: String?
    /// Set by the store.
    package var uid: String
    /// Set by the store: the store-wide version of the last write to this resource.
    package var resourceVersion: ResourceVersion
    /// Set by the store: +1 for each change of `spec`.
    package var generation: Int64
    /// Set by the store.
    package var creationTimestamp: Timestamp
    /// Set by the store when a delete waits for finalizers.
    package var deletionTimestamp: Timestamp?
    package var labels: [String: String]
    package var annotations: [String: String]
    package var ownerReferences: [OwnerReference]
    package var finalizers: [String]
    /// Who set what of the members that users may set; nil = says nothing, and leaves it as it is.
    package var managedFields: [FieldManager]?

    package init(
        name: String, namespace: String? = nil, labels: [String: String] = [:], annotations: [String: String] = [:],
        ownerReferences: [OwnerReference] = [], finalizers: [String] = []
    ) {
        self.name = name
        self.namespace = namespace
        self.uid = ""
        self.resourceVersion = .none
        self.generation = 0
        self.creationTimestamp = Timestamp(seconds: 0)
        self.deletionTimestamp = nil
        self.labels = labels
        self.annotations = annotations
        self.ownerReferences = ownerReferences
        self.finalizers = finalizers
    }

    package var isBeingDeleted: Bool { deletionTimestamp != nil }

    /// What labels and finalizers of controllers begin with; all others are users' and their tools'.
    package static let reserved = "pantavisor.io/"

    /// Takes over what a controller decides, and leaves users what is theirs.
    package mutating func take(from wanted: Metadata) {
        labels = labels.filter { !$0.key.hasPrefix(Metadata.reserved) }
        labels.merge(wanted.labels) { _, wanted in wanted }
        ownerReferences = wanted.ownerReferences
        finalizers = wanted.finalizers + finalizers.filter { !$0.hasPrefix(Metadata.reserved) }
    }
}

extension Metadata: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp
        case labels, annotations, ownerReferences, finalizers, managedFields
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decodeIfPresent(String.self, forKey: .name) ?? ""
        namespace = try values.decodeIfPresent(String.self, forKey: .namespace)
        uid = try values.decodeIfPresent(String.self, forKey: .uid) ?? ""
        resourceVersion = try values.decodeIfPresent(ResourceVersion.self, forKey: .resourceVersion) ?? .none
        generation = try values.decodeIfPresent(Int64.self, forKey: .generation) ?? 0
        creationTimestamp =
            try values.decodeIfPresent(Timestamp.self, forKey: .creationTimestamp) ?? Timestamp(seconds: 0)
        deletionTimestamp = try values.decodeIfPresent(Timestamp.self, forKey: .deletionTimestamp)
        labels = try values.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
        annotations = try values.decodeIfPresent([String: String].self, forKey: .annotations) ?? [:]
        ownerReferences = try values.decodeIfPresent([OwnerReference].self, forKey: .ownerReferences) ?? []
        finalizers = try values.decodeIfPresent([String].self, forKey: .finalizers) ?? []
        managedFields = try values.decodeIfPresent([FieldManager].self, forKey: .managedFields)
    }

    /// Empty collections are left out, as Kubernetes does.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encodeIfPresent(namespace, forKey: .namespace)
        try values.encode(uid, forKey: .uid)
        try values.encode(resourceVersion, forKey: .resourceVersion)
        try values.encode(generation, forKey: .generation)
        try values.encode(creationTimestamp, forKey: .creationTimestamp)
        try values.encodeIfPresent(deletionTimestamp, forKey: .deletionTimestamp)
        if !labels.isEmpty { try values.encode(labels, forKey: .labels) }
        if !annotations.isEmpty { try values.encode(annotations, forKey: .annotations) }
        if !ownerReferences.isEmpty { try values.encode(ownerReferences, forKey: .ownerReferences) }
        if !finalizers.isEmpty { try values.encode(finalizers, forKey: .finalizers) }
        if let managedFields, !managedFields.isEmpty { try values.encode(managedFields, forKey: .managedFields) }
    }
}

/// The version of one write to the store; opaque text to clients.
package struct ResourceVersion: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package var number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    /// No version: a resource that was not stored yet, or a client that does not care.
    package static let none = ResourceVersion(0)

    package static func < (left: ResourceVersion, right: ResourceVersion) -> Bool { left.number < right.number }

    package var description: String { String(number) }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let number = UInt64(text.isEmpty ? "0" : text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not a resourceVersion of this server")
        }
        self.number = number
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A resource that this one goes away with.
package struct OwnerReference: Sendable, Hashable, Codable {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var uid: String
    package var controller: Bool?

    package init(apiVersion: String, kind: String, name: String, uid: String, controller: Bool? = true) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.uid = uid
        self.controller = controller
    }
}
