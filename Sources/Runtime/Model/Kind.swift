package import JSON

/// What makes a type of resource: the shape of its desired and observed state, its names, and its table columns.
///
/// Each kind is a caseless enum in a file of its own under `Kinds/`, with its parts in the same order: descriptor, spec,
/// status, columns.
package protocol Kind: Sendable {
    associatedtype Spec: Codable & Sendable & Equatable
    associatedtype Status: ResourceStatus
    static var descriptor: KindDescriptor { get }
    static var columns: [Column<Self>] { get }
    /// The members of `spec` and `status`, as a table (`Schema`).
    static var schema: String { get }
}

extension Kind {
    package static var schema: String { "" }
}

/// What every status has.
package protocol ResourceStatus: Codable, Sendable, Equatable {
    init()
    /// The generation of `spec` that this status speaks of.
    var observedGeneration: Int64? { get set }
    var conditions: [Condition] { get set }
}

/// The name of a kind, as in `kind: Container`.
package struct KindName: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let description: String

    package init(_ name: String) { description = name }
    package init(stringLiteral value: String) { description = value }

    package static func < (left: KindName, right: KindName) -> Bool { left.description < right.description }
}

/// How a kind appears in the API.
///
/// A reference, for it is handed around with every resource.
package final class KindDescriptor: Sendable, Equatable {
    package let name: KindName
    package let plural: String
    package let singular: String
    package let shortNames: [String]
    package let group: String
    package let version: String
    package let isNamespaced: Bool
    /// `spec` members a user may change, as paths from the resource (`["spec", "run"]`); of a kind that users create:
    /// once it is there.
    package let writablePaths: [[String]]
    /// Whether a user may create and delete resources of this kind.
    package let isUserCreatable: Bool
    /// Core/v1 events have their fields at the top level instead of under `spec`.
    package let isFlat: Bool

    package init(
        name: KindName, plural: String, singular: String, shortNames: [String] = [], group: String = "pantavisor.io",
        version: String = "v1", isNamespaced: Bool = false, writablePaths: [[String]] = [],
        isUserCreatable: Bool = false, isFlat: Bool = false
    ) {
        self.name = name
        self.plural = plural
        self.singular = singular
        self.shortNames = shortNames
        self.group = group
        self.version = version
        self.isNamespaced = isNamespaced
        self.writablePaths = writablePaths
        self.isUserCreatable = isUserCreatable
        self.isFlat = isFlat
    }

    package static func == (left: KindDescriptor, right: KindDescriptor) -> Bool {
        left === right || (left.name == right.name && left.group == right.group && left.version == right.version)
    }

    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    /// Everything a user may change: beside the writable members of `spec`, what metadata is there for.
    package var userPaths: [[String]] {
        guard !isFlat else { return [] }
        var members = ["labels", "annotations", "finalizers"]
        if isUserCreatable { members.append("ownerReferences") }
        return writablePaths + members.map { ["metadata", $0] }
    }
    /// `containers.pantavisor.io`, as error messages name it.
    package var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }
}

/// One column of the server-side table.
package struct Column<K: Kind>: Sendable {
    package enum Format: String, Sendable { case string, integer, number, boolean, date }

    package let name: String
    package let format: Format
    package let description: String
    /// 0 = always shown, 1 = with `-o wide`.
    package let priority: Int
    package let value: @Sendable (Resource<K>) -> JSONValue

    package init(
        _ name: String, _ format: Format = .string, wide: Bool = false, about description: String,
        value: @escaping @Sendable (Resource<K>) -> JSONValue
    ) {
        self.name = name
        self.format = format
        self.description = description
        self.priority = wide ? 1 : 0
        self.value = value
    }
}
