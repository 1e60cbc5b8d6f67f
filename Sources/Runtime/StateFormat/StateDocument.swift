package import JSON

/// A parsed and validated revision: what the state JSON says, with every reference checked.
///
/// What it means does not depend on the order of the document's members, because signatures do not cover it; only
/// `ContainerManifest.order` shows it.
package struct StateDocument: Sendable, Equatable {
    package let json: JSONValue
    /// path → what the revision's directory holds there.
    package let files: [String: StateFile]
    package let device: DeviceManifest
    /// In their order; the default ones when the revision gives none.
    package let groups: [GroupManifest]
    /// Sorted by name.
    package let containers: [ContainerManifest]
    package let bsp: BSPManifest?
    package let drivers: DriverManifest?
    /// Signature documents by path, as they are (`spec/signatures.md`).
    package let signatures: [String: JSONValue]
    /// What does no harm and probably is not meant so.
    package let warnings: [ManifestError]
    /// Group of each container.
    let groupNames: [String: String]
    /// Paths by the container they belong to, sorted.
    let pathsByOwner: [String: [String]]

    package init(_ json: JSONValue, options: StateOptions = .init()) throws(InvalidState) {
        let reader = StateReader(json, options)
        let problems = reader.findings.problems
        guard problems.isEmpty else { throw InvalidState(problems: Findings.sorted(problems)) }
        self.json = json
        files = reader.files
        device = reader.device
        groups = reader.groups
        containers = reader.containers.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        bsp = reader.bsp
        drivers = reader.drivers
        signatures = reader.signatures
        warnings = Findings.sorted(reader.findings.warnings)
        groupNames = reader.groupNames
        pathsByOwner = reader.pathsByOwner
    }

    /// Reads the text of a revision.
    package init(parsing text: [UInt8], options: StateOptions = .init()) throws(InvalidState) {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: text)
        } catch {
            throw InvalidState(problems: [error])
        }
        try self.init(json, options: options)
    }

    package subscript(container name: String) -> ContainerManifest? { containers.first { $0.name == name } }
    package subscript(group name: String) -> GroupManifest? { groups.first { $0.name == name } }

    /// The group that starts a container.
    package func group(of container: ContainerManifest) -> GroupManifest? {
        groupNames[container.name].flatMap { self[group: $0] }
    }

    /// The paths of a container and of its overlay, sorted.
    package func paths(of container: String) -> [String] { pathsByOwner[container] ?? [] }

    /// The objects that must be there before the revision can run.
    package var objects: Set<String> { Set(files.values.compactMap(\.object)) }
}
