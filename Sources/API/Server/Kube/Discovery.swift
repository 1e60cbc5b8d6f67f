import JSON
import Model

/// What clients ask to learn which kinds there are (`spec/kube-api.md` §1).
struct Discovery {
    private let resources: [Resource]

    /// One entry of a resource list.
    private struct Resource {
        let descriptor: KindDescriptor
        let verbs: [String]
        /// Name, kind when it is another one, verbs.
        var subresources: [(name: String, kind: String?, verbs: [String])] = []
    }

    init(_ catalogue: KindCatalogue) {
        resources = (catalogue.entries + catalogue.projections).map(Discovery.resource) + Discovery.questions
    }

    /// What is not kept anywhere: measurements, and questions about oneself.
    private static let questions: [Resource] =
        ["PodMetrics pods", "NodeMetrics nodes"].map { text in
            let words = text.split(separator: " ").map(String.init)
            let kind = KindDescriptor(
                name: KindName(words[0]), plural: words[1], singular: "", group: "metrics.k8s.io", version: "v1beta1",
                isNamespaced: words[1] == "pods", isFlat: true)
            return Resource(descriptor: kind, verbs: ["get", "list"])
        }
        + Review.allCases.map { review in
            let kind = KindDescriptor(
                name: KindName(review.rawValue), plural: review.plural, singular: "", group: review.group, isFlat: true)
            return Resource(descriptor: kind, verbs: ["create"])
        }

    private static func resource(_ entry: KindEntry) -> Resource {
        let kind = entry.descriptor
        var verbs = ["get", "list", "watch"]
        if !kind.userPaths.isEmpty { verbs += ["patch", "update"] }
        if kind.isUserCreatable { verbs += ["create", "delete"] }
        var resource = Resource(descriptor: kind, verbs: verbs)
        if !kind.isFlat { resource.subresources.append(("status", nil, ["get", "patch", "update"])) }
        if entry.source == Container.descriptor.name {
            resource.subresources.append(("exec", entry.projection.map { _ in "PodExecOptions" }, ["get", "create"]))
            resource.subresources.append(("log", nil, ["get"]))
        }
        return resource
    }

    /// Whether a caller that may use the API at all may do this.
    func allows(_ verb: String, group: String, plural: String, subresource: String) -> Bool {
        resources.contains { resource in
            guard group == "*" || resource.descriptor.group == group,
                plural == "*" || resource.descriptor.plural == plural
            else { return false }
            if subresource.isEmpty { return verb == "*" || resource.verbs.contains(verb) }
            return resource.subresources.contains { $0.name == subresource && (verb == "*" || $0.verbs.contains(verb)) }
        }
    }

    /// What may be done with what, for a review of rules.
    var rules: [JSONValue] {
        resources.flatMap { resource -> [JSONValue] in
            let own = [(resource.descriptor.plural, resource.verbs)]
            let below = resource.subresources.map { ("\(resource.descriptor.plural)/\($0.name)", $0.verbs) }
            return (own + below).map { plural, verbs -> JSONValue in
                [
                    "verbs": .array(verbs.map { .string($0) }), "apiGroups": [.string(resource.descriptor.group)],
                    "resources": [.string(plural)],
                ]
            }
        }
    }
}

extension Discovery {
    static func version(_ text: String) -> JSONValue {
        [
            "major": "1", "minor": "33", "gitVersion": .string("v1.33.0+pantavisor-\(text)"), "gitCommit": "",
            "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "swift",
            "platform": "linux",
        ]
    }

    static let coreVersions: JSONValue = [
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": "localhost"]],
    ]

    /// Groups other than the core one, each with its one version, in order of appearance.
    private var groupVersions: [(group: String, version: String)] {
        resources.reduce(into: []) { groups, resource in
            let group = resource.descriptor.group
            if !group.isEmpty, !groups.contains(where: { $0.group == group }) {
                groups.append((group, resource.descriptor.version))
            }
        }
    }

    var groups: JSONValue {
        [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(groupVersions.map { .object(Discovery.group($0.group, $0.version)) }),
        ]
    }

    func group(_ name: String) -> JSONValue? {
        guard let version = groupVersions.first(where: { $0.group == name })?.version else { return nil }
        var group = Discovery.group(name, version)
        group["kind"] = "APIGroup"
        group["apiVersion"] = "v1"
        return .object(group)
    }

    private static func group(_ name: String, _ number: String) -> JSONObject {
        let version: JSONValue = ["groupVersion": .string("\(name)/\(number)"), "version": .string(number)]
        return ["name": .string(name), "versions": [version], "preferredVersion": version]
    }

    func list(of group: String, version: String) -> JSONValue? {
        let found = resources.filter { $0.descriptor.group == group && $0.descriptor.version == version }
        guard !found.isEmpty else { return nil }
        let list = found.flatMap { resource -> [JSONValue] in
            let kind = resource.descriptor
            return [Discovery.resource(resource)]
                + resource.subresources.map { subresource -> JSONValue in
                    [
                        "name": .string("\(kind.plural)/\(subresource.name)"), "singularName": "",
                        "namespaced": .bool(kind.isNamespaced),
                        "kind": .string(subresource.kind ?? kind.name.description),
                        "verbs": .array(subresource.verbs.map { .string($0) }),
                    ]
                }
        }
        return [
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"), "resources": .array(list),
        ]
    }

    func aggregated(isCore: Bool) -> JSONValue {
        let groups = isCore ? [("", "v1")] : groupVersions
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
            "items": .array(groups.map(aggregated)),
        ]
    }

    private func aggregated(_ group: String, _ number: String) -> JSONValue {
        let found = resources.filter { $0.descriptor.group == group }
        let version: JSONValue = [
            "version": .string(number), "resources": .array(found.map(Discovery.aggregated)), "freshness": "Current",
        ]
        let metadata: JSONValue =
            group.isEmpty ? ["creationTimestamp": nil] : ["name": .string(group), "creationTimestamp": nil]
        return ["metadata": metadata, "versions": [version]]
    }

    private static func resource(_ resource: Resource) -> JSONValue {
        let kind = resource.descriptor
        return [
            "name": .string(kind.plural), "singularName": .string(kind.singular),
            "namespaced": .bool(kind.isNamespaced), "kind": .string(kind.name.description),
            "verbs": .array(resource.verbs.map { .string($0) }),
            "shortNames": .array(kind.shortNames.map { .string($0) }), "categories": categories(of: kind),
        ]
    }

    private static func aggregated(_ resource: Resource) -> JSONValue {
        let kind = resource.descriptor
        func responseKind(_ name: String) -> JSONValue {
            ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(name)]
        }
        let subresources = resource.subresources.map { subresource -> JSONValue in
            [
                "subresource": .string(subresource.name),
                "responseKind": responseKind(subresource.kind ?? kind.name.description),
                "verbs": .array(subresource.verbs.map { .string($0) }),
            ]
        }
        return [
            "resource": .string(kind.plural), "responseKind": responseKind(kind.name.description),
            "scope": kind.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(kind.singular),
            "verbs": .array(resource.verbs.map { .string($0) }),
            "shortNames": .array(kind.shortNames.map { .string($0) }), "categories": categories(of: kind),
            "subresources": .array(subresources),
        ]
    }

    /// Not `pv`, which kubectl takes for PersistentVolume.
    private static func categories(of kind: KindDescriptor) -> JSONValue {
        kind.isFlat ? [] : ["all", "pantavisor"]
    }
}
