import JSON

/// The configuration that counts, and who said it; one resource called `self`.
package enum Config: Kind {
    package static let descriptor = KindDescriptor(
        name: "Config", plural: "configs", singular: "config", shortNames: ["cfg"],
        writablePaths: [["spec", "commands"]])

    package static let selfName = "self"
    /// What is shown of a value that is nobody's business.
    package static let hidden = "(hidden)"

    package struct Spec: Codable, Sendable, Equatable {
        /// Settings by command, until the next start.
        package var commands: [String: String]

        package init(commands: [String: String] = [:]) {
            self.commands = commands
        }
    }

    /// What the running revision says: a file of the device maker's.
    package struct OEM: Sendable, Hashable {
        package var revision: String
        package var entries: [ConfigEntry]
        package var warnings: [String]

        package init(revision: String, entries: [ConfigEntry] = [], warnings: [String] = []) {
            self.revision = revision
            self.entries = entries
            self.warnings = warnings
        }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        /// What counts, of every key; plain forms.
        package var values: [String: String] = [:]
        /// Who said it, of those that somebody said.
        package var levels: [String: String] = [:]
        /// Where.
        package var places: [String: String] = [:]
        package var warnings: [String] = []
        /// Fact.
        ///
        /// Not shown: it may hold secrets.
        package var oem: OEM?
        /// Fact: the settings by command that the journal holds; not shown either.
        package var journaled: [String: String] = [:]
        package init() {}

        private enum CodingKeys: String, CodingKey {
            case observedGeneration, conditions, values, levels, places, warnings
        }
    }

    package static let columns: [Column<Config>] = [
        Column("Keys", .integer, about: "settings there are") { .integer(Int64($0.status.values.count)) },
        Column("Set", .integer, about: "settings that somebody set") { .integer(Int64($0.status.levels.count)) },
        Column("Warnings", .integer, about: "settings that are left out") {
            .integer(Int64($0.status.warnings.count))
        },
    ]

    package static let schema = """
        spec object What users want.
          commands map Settings by command, until the next start; of keys that may be set so.
        status object What counts.
          values map Every key with its value; secrets are hidden.
          levels map Of the keys that somebody set: who.
          places map Where: a file with its line.
          warnings [string] What was said in vain, and where.
        """
}
