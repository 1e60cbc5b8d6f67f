package import JSON
import Synchronization

/// A resource whose kind is known only at run time: what the store keeps and the API shows.
///
/// One reference: copying it costs one retain, however large the resource is.
package struct AnyResource: Sendable, Equatable {
    private let box: any ResourceBox

    package init<K: Kind>(_ resource: Resource<K>) {
        box = TypedBox(resource)
    }

    package var descriptor: KindDescriptor { box.descriptor }
    package var kind: KindName { box.kind }
    package var key: ResourceKey { ResourceKey(box.kind, box.name) }

    // Single members of the metadata, without copying the rest.
    package var name: String { box.name }
    package var uid: String { box.uid }
    package var version: ResourceVersion { box.version }

    package var metadata: Metadata { box.metadata }

    /// The same resource with other metadata.
    package func with(_ metadata: Metadata) -> AnyResource { box.with(metadata) }

    /// The same `spec` with other metadata and the status of another version of the resource.
    package func with(_ metadata: Metadata, statusOf other: AnyResource) -> AnyResource {
        box.with(metadata, statusOf: other.box)
    }

    /// The typed resource, or nil when it is of another kind.
    package func `as`<K: Kind>(_ kind: K.Type) -> Resource<K>? { (box as? TypedBox<K>)?.resource }

    package var conditions: [Condition] { box.conditions }

    /// Whether two versions of a resource ask for the same (`spec`).
    package func hasSameSpec(as other: AnyResource) -> Bool { box.hasSameSpec(as: other.box) }

    /// Whether two versions of a resource are known to be the same (`status`).
    package func hasSameStatus(as other: AnyResource) -> Bool { box.hasSameStatus(as: other.box) }

    package static func == (left: AnyResource, right: AnyResource) -> Bool {
        left.box === right.box || left.box.isEqual(to: right.box)
    }

    /// The document as the API shows it: apiVersion, kind, metadata, spec, status.
    package func document() throws -> JSONValue { try box.document() }

    /// The bytes of the document, compact; made once for each stored version, whoever asks.
    package func encoded() throws -> [UInt8] { try box.encoded() }

    /// The cells of its table row, in the order of its kind's columns.
    package var cells: [JSONValue] { box.cells }
}

private protocol ResourceBox: AnyObject, Sendable {
    var kind: KindName { get }
    var name: String { get }
    var uid: String { get }
    var version: ResourceVersion { get }
    var descriptor: KindDescriptor { get }
    var metadata: Metadata { get }
    var conditions: [Condition] { get }
    var cells: [JSONValue] { get }
    func with(_ metadata: Metadata) -> AnyResource
    func with(_ metadata: Metadata, statusOf other: any ResourceBox) -> AnyResource
    func isEqual(to other: any ResourceBox) -> Bool
    func hasSameSpec(as other: any ResourceBox) -> Bool
    func hasSameStatus(as other: any ResourceBox) -> Bool
    func document() throws -> JSONValue
    func encoded() throws -> [UInt8]
}

private final class TypedBox<K: Kind>: ResourceBox {
    let resource: Resource<K>
    /// Kept beside the resource: reading it from the descriptor would copy that whole.
    let kind: KindName
    private let encoding = Mutex<[UInt8]?>(nil)

    init(_ resource: Resource<K>) {
        self.resource = resource
        kind = K.descriptor.name
    }

    var descriptor: KindDescriptor { K.descriptor }
    var name: String { resource.metadata.name }
    var uid: String { resource.metadata.uid }
    var version: ResourceVersion { resource.metadata.resourceVersion }
    var metadata: Metadata { resource.metadata }
    var conditions: [Condition] { resource.status.conditions }
    var cells: [JSONValue] { K.columns.map { $0.value(resource) } }

    func with(_ metadata: Metadata) -> AnyResource {
        AnyResource(Resource<K>(metadata: metadata, spec: resource.spec, status: resource.status))
    }

    func with(_ metadata: Metadata, statusOf other: any ResourceBox) -> AnyResource {
        let status = (other as? TypedBox<K>)?.resource.status ?? resource.status
        return AnyResource(Resource<K>(metadata: metadata, spec: resource.spec, status: status))
    }

    func isEqual(to other: any ResourceBox) -> Bool {
        guard let other = other as? TypedBox<K> else { return false }
        return resource == other.resource
    }

    func hasSameSpec(as other: any ResourceBox) -> Bool {
        guard let other = other as? TypedBox<K> else { return false }
        return resource.spec == other.resource.spec
    }

    func hasSameStatus(as other: any ResourceBox) -> Bool {
        guard let other = other as? TypedBox<K> else { return false }
        return resource.status == other.resource.status
    }

    func document() throws -> JSONValue {
        var document: JSONObject = [
            "apiVersion": .string(K.descriptor.apiVersion), "kind": .string(kind.description),
            "metadata": try JSONValue(encoding: metadata),
        ]
        let spec = try JSONValue(encoding: resource.spec)
        if K.descriptor.isFlat {
            for (key, value) in spec.object ?? [:] { document[key] = value }
        } else {
            document["spec"] = spec
            document["status"] = try JSONValue(encoding: resource.status)
        }
        return .object(document)
    }
    /// Two that ask first at the same time both encode; nobody waits.
    func encoded() throws -> [UInt8] {
        if let bytes = encoding.withLock({ $0 }) { return bytes }
        let bytes = try document().compactBytes()
        encoding.withLock { $0 = bytes }
        return bytes
    }
}
