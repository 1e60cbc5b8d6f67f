import Model

/// Which resources name an owner, by the owner's uid.
struct OwnerIndex: Sendable {
    private var keys: [String: Set<ResourceKey>] = [:]

    /// The dependents of an owner, in a fixed order.
    func dependents(of uid: String) -> [ResourceKey] { keys[uid]?.sorted() ?? [] }

    mutating func update(_ key: ResourceKey, from old: [OwnerReference], to new: [OwnerReference]) {
        guard old != new else { return }
        for reference in old {
            keys[reference.uid]?.remove(key)
            if keys[reference.uid]?.isEmpty ?? false { keys.removeValue(forKey: reference.uid) }
        }
        for reference in new { keys[reference.uid, default: []].insert(key) }
    }
}
