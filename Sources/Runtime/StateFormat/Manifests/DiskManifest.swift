import JSON

/// A disk that volumes can lie on.
package struct DiskManifest: Sendable, Equatable {
    package enum DiskType: String, Sendable, CaseIterable {
        case cryptVersatile = "dm-crypt-versatile"
        case cryptCAAM = "dm-crypt-caam"
        case cryptDCP = "dm-crypt-dcp"
        case swap = "swap-disk"
        case volume = "volume-disk"
        case dual
    }

    package enum Mode: String, Sendable, CaseIterable { case mainline, nxp }
    package enum Format: String, Sendable, CaseIterable { case ext4, ext3, swap }

    package var name: String
    package var type: DiskType
    package var aliases: [String] = []
    package var path: String?
    package var mode: Mode?
    package var format: Format?
    /// `zram`, `file`, or another way that a script on the device knows.
    package var provision: String?
    package var provisionOptions: String?
    package var mountTarget: String?
    package var mountOptions: String?
    package var formatOptions: String?
    /// Whether storage that names no disk lies here.
    package var isDefault = false
    package var uuid: String?
    package var migratesKeyBlob = false
    /// For dual disks: the two disks it is made of.
    package var parts: [String] = []
    package var initOrder: [String] = []
}

extension DiskManifest {
    /// Reads one entry; nil when it is skipped or has no usable name or type.
    init?(_ field: Field, skippingUnknownTypes isLenient: Bool) {
        guard let members = field.members() else { return nil }
        guard let type = DiskManifest.type(members, isLenient) else { return nil }
        defer { members.warnOfUnknown() }
        let name = members.required("name", "name the disk")?.name()
        self.init(name: name ?? "", type: type)
        aliases = members["aliases"]?.names() ?? []
        path = members["path"]?.nonEmptyText()
        mode = members["mode"]?.choice(Mode.self)
        format = members["format"]?.choice(Format.self)
        provision = members["provision"]?.text()
        provisionOptions = members[["provision_options", "provision_ops"]]?.text()
        mountTarget = members["mount_target"]?.text()
        mountOptions = members[["mount_options", "mount_ops"]]?.text()
        formatOptions = members[["format_options", "format_ops"]]?.text()
        isDefault = members["default"]?.flag() ?? false
        uuid = members["uuid"]?.text()
        migratesKeyBlob = members["migrate_keyblob"]?.flag() ?? false
        readParts(members)
        if name == nil { return nil }
    }

    private static func type(_ members: Members, _ isLenient: Bool) -> DiskType? {
        guard let field = members.required("type", "say one of \(DiskType.allCases.map(\.rawValue).listed)") else {
            return nil
        }
        if isLenient, let text = field.value.string, DiskType(rawValue: text) == nil {
            field.warning("\(text.quoted) is not a type this version knows; the disk is skipped")
            return nil
        }
        let type = field.choice(DiskType.self)
        guard type == .dual, !isLenient else { return type }
        field.problem("\"dual\" is only possible in disks_v3; move the disk there")
        return nil
    }

    private mutating func readParts(_ members: Members) {
        guard type == .dual else { return }
        if let field = members.required("disks", "name the two disks it is made of") {
            parts = field.names()
            if field.value.array?.count != 2 { field.problem("must name exactly two disks") }
        }
        guard let field = members["init_order"] else { return }
        for element in field.elements() {
            guard let name = element.name() else { continue }
            guard parts.contains(name) else {
                element.problem("\(name.quoted) is not one of its disks (\(parts.listed))")
                continue
            }
            initOrder.append(name)
        }
    }
}

/// Disks of all lists of one revision, with the checks that concern more than one.
struct DiskTable {
    private(set) var disks: [DiskManifest] = []
    private var fields: [Field] = []

    mutating func add(_ list: Field, skippingUnknownTypes isLenient: Bool) {
        for element in list.elements(atMost: StateLimits.disks) {
            guard let disk = DiskManifest(element, skippingUnknownTypes: isLenient) else { continue }
            disks.append(disk)
            fields.append(element)
        }
    }

    /// Every name and alias must lead to one disk.
    func check() {
        var names: Set<String> = []
        var aliases: [String: String] = [:]
        var defaultDisk: String?
        for (disk, field) in zip(disks, fields) where !names.insert(disk.name).inserted {
            report(field, "name", "\(disk.name.quoted) is the name of another disk; rename one")
        }
        for (disk, field) in zip(disks, fields) {
            for alias in disk.aliases {
                if names.contains(alias) {
                    report(field, "aliases", "\(alias.quoted) is the name of a disk; use another alias")
                } else if let other = aliases.updateValue(disk.name, forKey: alias) {
                    report(field, "aliases", "\(alias.quoted) is an alias of \(other.quoted) too; keep one")
                }
            }
            if disk.isDefault, let other = defaultDisk {
                report(field, "default", "\(other.quoted) is the default disk already; only one can be")
            }
            if disk.isDefault { defaultDisk = defaultDisk ?? disk.name }
            checkParts(of: disk, field)
        }
    }

    private func checkParts(of disk: DiskManifest, _ field: Field) {
        for part in disk.parts {
            let found = disks.first { $0.name == part }
            if found == nil {
                report(field, "disks", "\(part.quoted) is no disk of this revision (\(disks.map(\.name).listed))")
            } else if found?.type == .dual {
                report(field, "disks", "\(part.quoted) is a dual disk itself; name two plain ones")
            }
        }
    }

    private func report(_ field: Field, _ member: String, _ reason: String) {
        field.findings.problem(field.place.appending(member), reason)
    }
}

/// The disks of a revision, found by name or alias.
package struct DiskList: Sendable, Equatable {
    package let disks: [DiskManifest]
    private let positions: [String: Int]

    init(_ disks: [DiskManifest] = []) {
        self.disks = disks
        var positions: [String: Int] = [:]
        for (position, disk) in disks.enumerated() {
            for name in [disk.name] + disk.aliases { positions[name] = positions[name] ?? position }
        }
        self.positions = positions
    }

    package subscript(name: String) -> DiskManifest? { positions[name].map { disks[$0] } }
    package var names: [String] { disks.map(\.name) }

    /// Where storage lies that names no disk; nil = plainly in the storage partition.
    package var defaultDisk: DiskManifest? { disks.first { $0.isDefault } }
}
