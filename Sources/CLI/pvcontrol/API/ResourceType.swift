import APIClient
import JSON
import Model

/// A kind as the server's paths name it.
struct ResourceType: Sendable, Equatable {
    let kind: String
    let plural: String
    let singular: String
    let shortNames: [String]
    let group: String
    let version: String
    let isNamespaced: Bool
    let categories: [String]

    var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// The path of all, or of one.
    ///
    /// Namespaced ones are read over all namespaces and lie in `default`.
    func path(_ name: String? = nil) -> String {
        let root = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        guard let name else { return "\(root)/\(plural)" }
        let space = isNamespaced ? "/namespaces/default" : ""
        return "\(root)\(space)/\(plural)/\(APIRequest.encode(name))"
    }

    func isCalled(_ name: String) -> Bool {
        let name = name.lowercased()
        return plural == name || singular == name || shortNames.contains(name) || kind.lowercased() == name
            || qualifiedPlural == name
    }
}

extension ResourceType {
    init(_ kind: any Kind.Type) {
        let descriptor = kind.descriptor
        self.kind = descriptor.name.description
        plural = descriptor.plural
        singular = descriptor.singular
        shortNames = descriptor.shortNames
        group = descriptor.group
        version = descriptor.version
        isNamespaced = descriptor.isNamespaced
        categories = descriptor.isFlat ? [] : ["all", "pantavisor"]
    }

    /// What this executable knows without asking the server.
    static let known = Kinds.all.map { ResourceType($0) }

    static let event = ResourceType(Event.self)

    /// The types of an APIResourceList; subresources are left out.
    static func list(_ document: JSONValue) -> [ResourceType] {
        let parts = (document["groupVersion"]?.string ?? "").split(separator: "/").map(String.init)
        return (document["resources"]?.array ?? []).compactMap { entry in
            guard let plural = entry["name"]?.string, !plural.contains("/"), let kind = entry["kind"]?.string else {
                return nil
            }
            return ResourceType(
                kind: kind, plural: plural, singular: entry["singularName"]?.string ?? kind.lowercased(),
                shortNames: entry["shortNames"]?.strings ?? [], group: parts.count == 2 ? parts[0] : "",
                version: parts.last ?? "v1", isNamespaced: entry["namespaced"]?.bool ?? false,
                categories: entry["categories"]?.strings ?? [])
        }
    }
}

extension JSONValue {
    /// The strings of an array of strings.
    var strings: [String] { array?.compactMap(\.string) ?? [] }
}
