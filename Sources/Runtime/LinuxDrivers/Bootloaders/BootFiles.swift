import Drivers

/// A revision's boot files under the names loaders know: hard links in its trail's `.pv/`.
struct BootFiles: Sendable {
    let layout: Layout
    let medium: any BootMedium

    private static let directory = ".pv"
    private static let addonPrefix = "pv-initrd.img."
    private static let names: Set<String> = [
        "pv-kernel.img", "pv-initrd.img", "pv-fdt.dtb", "pantavisor.fit", "rpiboot.img", "rpiboot.img.gz",
    ]

    func path(of name: String, in revision: String) -> String {
        "\(layout.trail(revision))/\(Self.directory)/\(name)"
    }

    /// Makes the links, removes those that the revision does not have, and shows them to the loader.
    ///
    /// - Parameter kept: the revision to come back to; its files are not exchanged for others.
    func install(_ image: BootImage, kept: String) throws(DriverError) {
        try BootRevision.check(image.revision, for: "InstallBoot")
        let links = image.links
        guard !links.isEmpty else {
            throw DriverError("InstallBoot", image.revision, "it names nothing to boot; see bsp/run.json")
        }
        let trail = layout.trail(image.revision)
        for (name, file) in links.sorted(by: { $0.key < $1.key }) {
            let link = path(of: name, in: image.revision)
            if image.revision == kept, try medium.size(of: link) != nil {
                guard try medium.isSame(link, "\(trail)/\(file)") else { throw .keptFilesDiffer(link) }
            }
            try medium.link(file, as: "\(Self.directory)/\(name)", in: trail)
        }
        for name in try medium.names(in: "\(trail)/\(Self.directory)") where links[name] == nil && Self.isOurs(name) {
            try medium.remove(path(of: name, in: image.revision))
        }
        try medium.settle(trail)
        for (name, file) in links {
            let link = path(of: name, in: image.revision)
            guard try medium.isSame(link, "\(trail)/\(file)") else {
                throw DriverError("InstallBoot", link, "it is not the revision's \(file); something else replaced it")
            }
            try medium.check(link)
        }
    }

    private static func isOurs(_ name: String) -> Bool { names.contains(name) || name.hasPrefix(addonPrefix) }
}

extension DriverError {
    static func keptFilesDiffer(_ path: String) -> DriverError {
        DriverError(
            "InstallBoot", path,
            "the device comes back to this revision, and its boot files must not change; give the new ones another name"
        )
    }
}
