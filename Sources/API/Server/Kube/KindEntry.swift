import JSON
import Model
import Store
import Synchronization

/// A kind with its type forgotten: what the API needs to show and to read its resources.
final class KindEntry: Sendable {
    let descriptor: KindDescriptor
    let columns: [ColumnEntry]
    /// Reads a document; problems are JSON pointers into it.
    let read: @Sendable (JSONValue) throws(ManifestError) -> AnyResource
    private let readFields: @Sendable () -> [Field]
    /// Kept from the first time they are asked for: most kinds are never written.
    private let kept = Mutex<[Field]?>(nil)
    /// `"columnDefinitions":[…]` of its tables.
    let columnDefinitions: [UInt8]
    /// When it shows resources of another kind in other words; it is read-only then.
    let projection: Projection?

    struct ColumnEntry: Sendable {
        let name: String
        let type: String
        let format: String
        let description: String
        let priority: Int
        /// Its cells are times, shown as ages.
        let isTime: Bool
    }

    init<K: Kind>(_ kind: K.Type) {
        descriptor = K.descriptor
        columns = K.columns.map { column in
            ColumnEntry(
                name: column.name, type: column.format == .date ? "string" : column.format.rawValue, format: "",
                description: column.description, priority: column.priority, isTime: column.format == .date)
        }
        columnDefinitions = KindEntry.definitions(columns)
        projection = nil
        readFields = { Schema.fields(of: K.self) }
        read = { document throws(ManifestError) in AnyResource(try Resource<K>(document: document)) }
    }

    /// A view of another kind; a column whose name ends in `!` is only shown wide.
    init(_ descriptor: KindDescriptor, columns: [String], _ projection: Projection) {
        self.descriptor = descriptor
        self.projection = projection
        self.columns = columns.map { name in
            let isWide = name.hasSuffix("!")
            return ColumnEntry(
                name: isWide ? String(name.dropLast()) : name, type: "string", format: "", description: "",
                priority: isWide ? 1 : 0, isTime: false)
        }
        columnDefinitions = KindEntry.definitions(self.columns)
        readFields = { [] }
        read = { _ throws(ManifestError) in throw ManifestError(path: "", reason: "is only a view") }
    }

    /// Every member of its documents.
    func fields() -> [Field] {
        kept.withLock { kept in
            let fields = kept ?? readFields()
            kept = fields
            return fields
        }
    }

    /// A resource as this kind shows it.
    func show(_ resource: AnyResource, in snapshot: Snapshot, _ machine: Hardware) -> Shown {
        guard let projection else { return Shown(resource: resource, document: nil, name: resource.name) }
        guard resource.kind == projection.source else {
            // Of a change of something else: the one source as it is now, under the version of that change.
            guard let source = snapshot.all(of: projection.source).first else {
                return Shown(resource: resource, document: .null, name: "")
            }
            var metadata = source.metadata
            metadata.resourceVersion = resource.version
            return show(source.with(metadata), in: snapshot, machine)
        }
        let document = projection.document(resource, snapshot, machine)
        return Shown(resource: resource, document: document, name: projection.name(resource.name))
    }

    /// The kind in the store.
    var source: KindName { projection?.source ?? descriptor.name }

    private static func definitions(_ columns: [ColumnEntry]) -> [UInt8] {
        let name = ColumnEntry(
            name: "Name", type: "string", format: "name", description: "unique among its kind", priority: 0,
            isTime: false)
        let age = ColumnEntry(
            name: "Age", type: "string", format: "", description: "time since it was created", priority: 0,
            isTime: false)
        let columns = [name] + columns + [age]
        var text = JSONText()
        text.raw("\"columnDefinitions\":")
        text.array(columns) { text, column in
            text.raw("{\"name\":")
            text.string(column.name)
            text.raw(",\"type\":")
            text.string(column.type)
            text.raw(",\"format\":")
            text.string(column.format)
            text.raw(",\"description\":")
            text.string(column.description)
            text.raw(",\"priority\":")
            text.integer(column.priority)
            text.raw("}")
        }
        return text.bytes
    }
}

/// Every kind there is, by the plural that paths use.
struct KindCatalogue: Sendable {
    /// Our own kinds.
    let entries: [KindEntry]
    let projections = Projection.all
    private let byPlural: [String: KindEntry]

    init(_ kinds: [any Kind.Type] = Kinds.all) {
        func entry(_ kind: any Kind.Type) -> KindEntry {
            func open<K: Kind>(_ kind: K.Type) -> KindEntry { KindEntry(kind) }
            return open(kind)
        }
        entries = kinds.map(entry)
        byPlural = (entries + projections).reduce(into: [:]) { $0[$1.descriptor.plural] = $1 }
    }

    func entry(group: String, version: String, plural: String) -> KindEntry? {
        guard let entry = byPlural[plural], entry.descriptor.group == group, entry.descriptor.version == version else {
            return nil
        }
        return entry
    }

    /// Groups other than the core one, in order of appearance.
    var groups: [String] {
        entries.map(\.descriptor.group).reduce(into: []) { groups, group in
            if !group.isEmpty, !groups.contains(group) { groups.append(group) }
        }
    }
}
