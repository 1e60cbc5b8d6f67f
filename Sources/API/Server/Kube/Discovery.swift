import JSON
import Model

/// What clients ask to learn which kinds there are (`spec/kube-api.md` §1).
struct Discovery {
    let catalogue: KindCatalogue

    init(_ catalogue: KindCatalogue) {
        self.catalogue = catalogue
    }

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

    /// The one namespace there is: only events live in it.
    static let namespace: JSONValue = [
        "kind": "Namespace", "apiVersion": "v1",
        "metadata": ["name": .string(ResourcePath.namespace)], "spec": [:], "status": ["phase": "Active"],
    ]

    static let namespaces: JSONValue = [
        "kind": "NamespaceList", "apiVersion": "v1", "metadata": [:], "items": [Discovery.namespace],
    ]

    var groups: JSONValue {
        [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(catalogue.groups.map { Discovery.group($0, isDocument: false) }),
        ]
    }

    static func group(_ name: String, isDocument: Bool) -> JSONValue {
        let version: JSONValue = ["groupVersion": .string("\(name)/v1"), "version": "v1"]
        var group: JSONObject = isDocument ? ["kind": "APIGroup", "apiVersion": "v1"] : [:]
        group["name"] = .string(name)
        group["versions"] = [version]
        group["preferredVersion"] = version
        return .object(group)
    }

    func resources(of group: String) -> JSONValue {
        var resources: [JSONValue] = group.isEmpty ? [Discovery.namespaceResource] : []
        for entry in entries(of: group) {
            resources.append(Discovery.resource(entry.descriptor))
            for (name, verbs) in Discovery.subresources(of: entry.descriptor) {
                resources.append([
                    "name": .string("\(entry.descriptor.plural)/\(name)"), "singularName": "",
                    "namespaced": .bool(entry.descriptor.isNamespaced),
                    "kind": .string(entry.descriptor.name.description), "verbs": verbs,
                ])
            }
        }
        return [
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": .string(group.isEmpty ? "v1" : "\(group)/v1"),
            "resources": .array(resources),
        ]
    }

    func aggregated(_ groups: [String]) -> JSONValue {
        [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
            "items": .array(groups.map(aggregated)),
        ]
    }

    private func aggregated(_ group: String) -> JSONValue {
        let resources = entries(of: group).map { Discovery.aggregated($0.descriptor) }
        let version: JSONValue = [
            "version": "v1", "resources": .array(resources), "freshness": "Current",
        ]
        let metadata: JSONValue =
            group.isEmpty ? ["creationTimestamp": nil] : ["name": .string(group), "creationTimestamp": nil]
        return ["metadata": metadata, "versions": [version]]
    }

    private func entries(of group: String) -> [KindEntry] {
        catalogue.entries.filter { $0.descriptor.group == group }
    }

    private static func resource(_ kind: KindDescriptor) -> JSONValue {
        [
            "name": .string(kind.plural), "singularName": .string(kind.singular),
            "namespaced": .bool(kind.isNamespaced), "kind": .string(kind.name.description), "verbs": verbs(of: kind),
            "shortNames": .array(kind.shortNames.map { .string($0) }), "categories": categories(of: kind),
        ]
    }

    private static func aggregated(_ kind: KindDescriptor) -> JSONValue {
        let responseKind: JSONValue = [
            "group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.name.description),
        ]
        let subresources = subresources(of: kind).map { name, verbs -> JSONValue in
            ["subresource": .string(name), "responseKind": responseKind, "verbs": verbs]
        }
        return [
            "resource": .string(kind.plural), "responseKind": responseKind,
            "scope": kind.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(kind.singular),
            "verbs": verbs(of: kind), "shortNames": .array(kind.shortNames.map { .string($0) }),
            "categories": categories(of: kind), "subresources": .array(subresources),
        ]
    }

    private static let namespaceResource: JSONValue = [
        "name": "namespaces", "singularName": "namespace", "namespaced": false, "kind": "Namespace",
        "verbs": ["get", "list"], "shortNames": ["ns"],
    ]

    private static func verbs(of kind: KindDescriptor) -> JSONValue {
        var verbs: [JSONValue] = ["get", "list", "watch"]
        if !kind.userPaths.isEmpty { verbs += ["patch", "update"] }
        if kind.isUserCreatable { verbs += ["create", "delete"] }
        return .array(verbs)
    }

    /// Not `pv`, which kubectl takes for PersistentVolume.
    private static func categories(of kind: KindDescriptor) -> JSONValue {
        kind.group.isEmpty ? [] : ["all", "pantavisor"]
    }

    private static func subresources(of kind: KindDescriptor) -> [(String, JSONValue)] {
        var subresources: [(String, JSONValue)] = kind.isFlat ? [] : [("status", ["get", "patch", "update"])]
        if kind.name == Container.descriptor.name { subresources += [("exec", ["get"]), ("log", ["get"])] }
        return subresources
    }
}
