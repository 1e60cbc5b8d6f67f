import JSON

/// Kernel modules that containers ask for by one name: a driver alias of the BSP.
package enum Module: Kind {
    package static let descriptor = KindDescriptor(
        name: "Module", plural: "modules", singular: "module", shortNames: ["mod"],
        writablePaths: [["spec", "load"]])

    /// How a container asks for a driver.
    package enum Need: String, Sendable, Codable, CaseIterable {
        /// It does not start without.
        case required = "REQUIRED"
        /// Loaded before it starts, if that can be.
        case optional = "OPTIONAL"
        /// Loaded when it asks.
        case manual = "MANUAL"
    }

    package struct Spec: Codable, Sendable, Equatable {
        package var revision: String
        /// Each with its options: `mac80211_hwsim radios=2`; none when the BSP does not have the alias.
        package var modules: [String]
        /// The containers that ask for it, and how: `REQUIRED`, `OPTIONAL`, `MANUAL`.
        package var containers: [String: String]
        /// What a user or a container wants; nil = as long as a container requires it, or would like it.
        ///
        /// Kept over revisions.
        package var load: Bool?

        package init(revision: String, modules: [String], containers: [String: String] = [:], load: Bool? = nil) {
            self.revision = revision
            self.modules = modules
            self.containers = containers
            self.load = load
        }

        /// Whether it should be in the kernel.
        package var isWanted: Bool { load ?? containers.values.contains { $0 != Need.manual.rawValue } }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        /// Fact: whether all of its modules are loaded; nil until somebody looked.
        package var isLoaded: Bool?
        /// Fact: the modules that this is about.
        package var observed: [String]?
        package init() {}

        /// As upstream calls it.
        package var word: String { isLoaded.map { $0 ? "LOADED" : "UNLOADED" } ?? "UNKNOWN" }
    }

    package static let columns: [Column<Module>] = [
        Column("Status", about: "whether it is in the kernel") { .string($0.status.word) },
        Column("Wanted", .boolean, about: "whether it should be") { .bool($0.spec.isWanted) },
        Column("Modules", wide: true, about: "what is loaded") {
            .string($0.spec.modules.joined(separator: ", "))
        },
        Column("Containers", wide: true, about: "who asks for it") {
            .string($0.spec.containers.keys.sorted().joined(separator: ", "))
        },
    ]

    package static let schema = """
        spec object What the revision and users want.
          revision string The revision it comes from.
          modules [string] Kernel modules with their options; none when the BSP does not have the alias.
          containers map Who asks for it, and how: REQUIRED, OPTIONAL or MANUAL.
          load? boolean What a user wants; missing = as long as a container requires it, or would like it.
        status object What was observed.
          isLoaded? boolean Whether all of its modules are loaded; missing until somebody looked.
          observed? [string] The modules that this is about.
        """
}
