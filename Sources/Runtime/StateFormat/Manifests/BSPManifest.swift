import JSON

/// What the device boots (`bsp/run.json`); paths are relative to `bsp/`.
package struct BSPManifest: Sendable, Equatable {
    package var linux: String?
    package var initrd: String?
    package var fdt: String?
    /// A FIT image, instead of kernel and initrd.
    package var fit: String?
    /// A Raspberry Pi boot image, instead of kernel and initrd.
    package var rpiab: String?
    package var firmware: String?
    package var modules: String?
    /// Module images by the kernel release they are for, which are preferred to `modules`.
    package var modulesByRelease: [String: String] = [:]
    /// Archives that are appended to the initrd, in this order.
    package var addons: [String] = []

    static let fileName = "bsp/run.json"
    private static let modulesPrefix = "modules_"

    package var isBootable: Bool { (linux != nil && initrd != nil) || fit != nil || rpiab != nil }

    init?(_ field: Field, _ paths: StatePaths, _ options: StateOptions) {
        guard let members = field.members() else { return nil }
        func file(_ key: String) -> String? { members[key].flatMap { BSPManifest.image($0, paths, options) } }
        linux = file("linux")
        initrd = file("initrd")
        fdt = file("fdt")
        fit = file("fit")
        rpiab = file("rpiab")
        firmware = file("firmware")
        modules = file("modules")
        addons = members["addons"]?.elements().compactMap { BSPManifest.image($0, paths, options) } ?? []
        for key in field.value.object?.keys ?? [] where key.hasPrefix(BSPManifest.modulesPrefix) {
            modulesByRelease[String(key.dropFirst(BSPManifest.modulesPrefix.count))] = file(key)
        }
        _ = members["initrd_config"]
        _ = members["#spec"]
        members.warnOfUnknown()
        checkKernel(field, members, options)
    }

    /// Whether a kernel is named at all; one whose file is missing was reported already.
    private func checkKernel(_ field: Field, _ members: Members, _ options: StateOptions) {
        let isNamed = { (key: String) in members[key].map { $0.value != "" } ?? false }
        guard !(isNamed("linux") && isNamed("initrd")), !isNamed("fit"), !isNamed("rpiab") else { return }
        let reason = "names nothing to boot; give linux and initrd, or fit, or rpiab"
        if options.bsp == .ignored { field.warning(reason) } else { field.problem(reason) }
    }

    private static func image(_ field: Field, _ paths: StatePaths, _ options: StateOptions) -> String? {
        // Tools write "" for what there is not.
        guard let text = field.text(), !text.isEmpty else { return nil }
        let file = ImageReference(text).file
        if let reason = NameRules.objection(toPath: file) {
            field.problem(reason)
            return nil
        }
        if let reason = paths.objection(toObject: "bsp/\(file)", named: text) {
            if options.bsp == .ignored { field.warning(reason) } else { field.problem(reason) }
        }
        return text
    }
}

/// `handler:file`, or only a file.
struct ImageReference: Equatable {
    let handler: String?
    let file: String

    init(_ text: String) {
        let parts = text.unicodeScalars.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        handler = parts.count == 2 ? String(parts[0]) : nil
        file = String(parts[parts.count - 1])
    }
}
