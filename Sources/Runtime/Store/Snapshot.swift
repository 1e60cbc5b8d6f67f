package import HashTreeCollections
package import Model

/// All resources at one version: immutable, made in O(1), sharing its trees with the store.
package struct Snapshot: Sendable {
    package let version: ResourceVersion
    package let resources: TreeDictionary<KindName, TreeDictionary<String, AnyResource>>

    package init(
        version: ResourceVersion, resources: TreeDictionary<KindName, TreeDictionary<String, AnyResource>>
    ) {
        self.version = version
        self.resources = resources
    }

    /// A snapshot of these resources as they are, for tests of plans.
    package init(of resources: [AnyResource], version: ResourceVersion = ResourceVersion(1)) {
        self.version = version
        self.resources = resources.reduce(into: [:]) { $0[$1.kind, default: [:]][$1.name] = $1 }
    }

    /// How many resources there are.
    package var count: Int { resources.values.reduce(0) { $0 + $1.count } }

    package subscript(key: ResourceKey) -> AnyResource? { resources[key.kind]?[key.name] }

    package func get<K: Kind>(_ kind: K.Type, _ name: String) -> Resource<K>? {
        resources[K.descriptor.name]?[name]?.as(kind)
    }

    /// All of a kind, in no particular order.
    package func all<K: Kind>(_ kind: K.Type) -> [Resource<K>] {
        guard let table = resources[K.descriptor.name] else { return [] }
        return table.values.compactMap { $0.as(kind) }
    }

    /// All of a kind whose type is known only at run time, in no particular order.
    package func all(of kind: KindName) -> [AnyResource] { resources[kind].map { Array($0.values) } ?? [] }
}
