package import JSON

/// One resource: desired state in `spec`, observed state in `status`.
package struct Resource<K: Kind>: Sendable, Equatable {
    package var metadata: Metadata
    package var spec: K.Spec
    package var status: K.Status

    package init(metadata: Metadata, spec: K.Spec, status: K.Status = K.Status()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    package init(name: String, spec: K.Spec, status: K.Status = K.Status()) {
        self.init(metadata: Metadata(name: name), spec: spec, status: status)
    }

    package var name: String { metadata.name }
    package var key: ResourceKey { ResourceKey(K.descriptor.name, metadata.name) }

    /// A reference that makes `self` the owner of what carries it.
    package var asOwner: OwnerReference {
        OwnerReference(
            apiVersion: K.descriptor.apiVersion, kind: K.descriptor.name.description, name: metadata.name,
            uid: metadata.uid)
    }
}

/// A resource's place in the store.
package struct ResourceKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let kind: KindName
    package let name: String

    package init(_ kind: KindName, _ name: String) {
        self.kind = kind
        self.name = name
    }

    package var description: String { "\(kind)/\(name)" }

    package static func < (left: ResourceKey, right: ResourceKey) -> Bool {
        (left.kind, left.name) < (right.kind, right.name)
    }
}

extension Resource {
    /// Reads a document as the API receives it.
    ///
    /// `status` may be missing; unknown members are ignored here.
    package init(document: JSONValue) throws(ManifestError) {
        let expected = K.descriptor
        guard document["kind"]?.string == expected.name.description else {
            throw ManifestError(path: "/kind", reason: "must be \"\(expected.name)\"")
        }
        guard document["apiVersion"]?.string == expected.apiVersion else {
            throw ManifestError(path: "/apiVersion", reason: "must be \"\(expected.apiVersion)\"")
        }
        let metadata = try (document["metadata"] ?? [:]).decode(Metadata.self, at: "/metadata")
        let spec = try (document["spec"] ?? [:]).decode(K.Spec.self, at: "/spec")
        let status = try document["status"]?.decode(K.Status.self, at: "/status")
        self.init(metadata: metadata, spec: spec, status: status ?? K.Status())
    }
}
