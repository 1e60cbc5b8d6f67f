import JSON

/// What `device.json` says, or the older `groups.json` and `disks.json`.
package struct DeviceManifest: Sendable, Equatable {
    /// nil = none were given, and the default ones are used.
    package var groups: [GroupManifest]?
    package var disks = DiskList()
    /// Storage of the runtime's own: `pv--usrmeta`, `pv--devmeta`, `pv--phconfig`, `pv--firmware`.
    package var volumes: [StorageManifest] = []
    package var pools: [PoolManifest] = []
    /// Rules by the name of their policy.
    package var remount: [String: [RemountRule]] = [:]

    static let fileName = "device.json"
    static let legacyFileNames = ["groups.json", "disks.json"]

    init() {}

    init(_ field: Field, _ options: StateOptions) {
        guard let members = field.members() else { return }
        groups = members["groups"].map { GroupManifest.list($0, options) }
        var table = DiskTable()
        if let list = members["disks"] { table.add(list, skippingUnknownTypes: false) }
        if let list = members["disks_v2"] { table.add(list, skippingUnknownTypes: false) }
        if let list = members["disks_v3"] { table.add(list, skippingUnknownTypes: true) }
        table.check()
        disks = DiskList(table.disks)
        if let field = members["volumes"] { volumes = StorageManifest.map(field, disks) }
        if let field = members["remount"] { remount = RemountRule.policies(field) }
        if let network = members["network"]?.members() {
            pools = network["pools"].map { PoolManifest.map($0) } ?? []
            network.warnOfUnknown()
        }
        _ = members["#spec"]
        members.warnOfUnknown()
    }

    /// Reads the documents that came before `device.json`.
    init(legacyGroups: Field?, legacyDisks: Field?, _ options: StateOptions) {
        groups = legacyGroups.map { GroupManifest.list($0, options) }
        guard let legacyDisks else { return }
        var table = DiskTable()
        table.add(legacyDisks, skippingUnknownTypes: false)
        table.check()
        disks = DiskList(table.disks)
    }
}
