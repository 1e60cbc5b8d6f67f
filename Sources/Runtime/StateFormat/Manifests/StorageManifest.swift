import JSON
package import Model

/// A directory that is kept for a container, under `/volumes/<container>/<name>`.
package struct StorageManifest: Sendable, Equatable {
    package var name: String
    package var persistence: Persistence
    /// As written: a disk's name or alias.
    package var disk: String?

    /// Reads `{name: {persistence, disk?}, …}`, sorted by name.
    static func map(_ field: Field, _ disks: DiskList) -> [StorageManifest] {
        guard let members = field.members() else { return [] }
        return members.all(atMost: StateLimits.volumes).compactMap { entry(named: $0.key, $0.field, disks) }
    }

    private static func entry(named name: String, _ field: Field, _ disks: DiskList) -> StorageManifest? {
        if let reason = NameRules.objection(toName: name) {
            field.problem(reason)
            return nil
        }
        guard let members = field.members() else { return nil }
        defer { members.warnOfUnknown() }
        let disk = members["disk"].flatMap { reference($0, disks) }
        guard let field = members["persistence"] else {
            field.warning("has no persistence and is skipped; say permanent, revision or boot")
            return nil
        }
        guard let persistence = field.choice(Persistence.self) else { return nil }
        return StorageManifest(name: name, persistence: persistence, disk: disk)
    }

    private static func reference(_ field: Field, _ disks: DiskList) -> String? {
        guard let name = field.text(), !name.isEmpty else { return nil }
        guard disks[name] != nil else {
            field.problem("\(name.quoted) is no disk of this revision (\(disks.names.listed))")
            return nil
        }
        return name
    }
}
