package import JSON

/// A resource whose kind is known only at run time: what the store keeps and the API shows.
package struct AnyResource: Sendable, Equatable {
    private let box: any ResourceBox

    package init<K: Kind>(_ resource: Resource<K>) {
        box = resource
    }

    package var descriptor: KindDescriptor { box.descriptor }
    package var kind: KindName { box.descriptor.name }
    package var key: ResourceKey { ResourceKey(kind, box.metadata.name) }
    package var name: String { box.metadata.name }

    package var metadata: Metadata { box.metadata }

    /// The same resource with other metadata.
    package func with(_ metadata: Metadata) -> AnyResource { box.with(metadata) }

    /// The typed resource, or nil when it is of another kind.
    package func `as`<K: Kind>(_ kind: K.Type) -> Resource<K>? { box as? Resource<K> }

    package var conditions: [Condition] { box.conditions }

    /// Whether two versions of a resource ask for the same (`spec`).
    package func hasSameSpec(as other: AnyResource) -> Bool { box.hasSameSpec(as: other.box) }

    /// Whether two versions differ in nothing but what the store itself sets.
    package static func == (left: AnyResource, right: AnyResource) -> Bool { left.box.isEqual(to: right.box) }

    /// The document as the API shows it: apiVersion, kind, metadata, spec, status.
    package func document() throws -> JSONValue { try box.document() }

    /// The cells of its table row, in the order of its kind's columns.
    package var cells: [JSONValue] { box.cells }
}

private protocol ResourceBox: Sendable {
    var descriptor: KindDescriptor { get }
    var metadata: Metadata { get }
    var conditions: [Condition] { get }
    var cells: [JSONValue] { get }
    func with(_ metadata: Metadata) -> AnyResource
    func isEqual(to other: any ResourceBox) -> Bool
    func hasSameSpec(as other: any ResourceBox) -> Bool
    func document() throws -> JSONValue
}

extension Resource: ResourceBox {
    fileprivate var descriptor: KindDescriptor { K.descriptor }
    fileprivate var conditions: [Condition] { status.conditions }
    fileprivate var cells: [JSONValue] { K.columns.map { $0.value(self) } }

    fileprivate func with(_ metadata: Metadata) -> AnyResource {
        var copy = self
        copy.metadata = metadata
        return AnyResource(copy)
    }

    fileprivate func isEqual(to other: any ResourceBox) -> Bool {
        guard let other = other as? Resource<K> else { return false }
        return self == other
    }

    fileprivate func hasSameSpec(as other: any ResourceBox) -> Bool {
        guard let other = other as? Resource<K> else { return false }
        return spec == other.spec
    }

    fileprivate func document() throws -> JSONValue {
        var document: JSONObject = [
            "apiVersion": .string(K.descriptor.apiVersion), "kind": .string(K.descriptor.name.description),
            "metadata": try JSONValue(encoding: metadata),
        ]
        let spec = try JSONValue(encoding: spec)
        if K.descriptor.isFlat {
            for (key, value) in spec.object ?? [:] { document[key] = value }
        } else {
            document["spec"] = spec
            document["status"] = try JSONValue(encoding: status)
        }
        return .object(document)
    }
}
