import JSON

/// Names that containers ask kernel modules by (`bsp/drivers.json`).
package struct DriverManifest: Sendable, Equatable {
    /// Module lines (`name options`) by alias.
    package typealias Aliases = [String: [String]]

    /// Aliases by where they hold: `all`, `dtb:<name>`, `ovl:<name>`, `fitconfig:<name>`.
    package var aliases: [String: Aliases] = [:]

    static let fileName = "bsp/drivers.json"
    private static let prefixes = ["dtb:", "ovl:", "fitconfig:"]

    init?(_ field: Field) {
        guard let members = field.members() else { return nil }
        members.expectFormat("driver-aliases@1")
        for (scope, field) in members.all() where scope != "#spec" {
            guard scope == "all" || DriverManifest.prefixes.contains(where: { scope.hasPrefix($0) }) else {
                field.warning("is not all, dtb:<name>, ovl:<name> or fitconfig:<name> and does nothing")
                continue
            }
            aliases[scope] = DriverManifest.section(field)
        }
    }

    private static func section(_ field: Field) -> Aliases {
        guard let members = field.members() else { return [:] }
        return members.all().reduce(into: [:]) { aliases, entry in
            if entry.key.isEmpty { entry.field.problem("has an empty alias; name the driver") }
            if let reason = NameRules.objection(toName: entry.key) {
                return entry.field.warning("cannot be asked for: its alias \(reason)")
            }
            aliases[entry.key] = entry.field.elements().compactMap { $0.nonEmptyText() }
        }
    }
}
