package import JSON

/// One version of everything on the device: a state JSON, immutable.
package enum Revision: Kind {
    package static let descriptor = KindDescriptor(
        name: "Revision", plural: "revisions", singular: "revision", shortNames: ["rev"])

    package enum Origin: String, Sendable, Codable, CaseIterable { case hub, local }

    /// Progress of a revision (`spec/pv-ctrl-api.md` §3.6).
    package enum Phase: String, Sendable, Codable, CaseIterable {
        case new = "NEW"
        case queued = "QUEUED"
        case downloading = "DOWNLOADING"
        case inProgress = "INPROGRESS"
        case testing = "TESTING"
        case updated = "UPDATED"
        case done = "DONE"
        case wontGo = "WONTGO"
        case error = "ERROR"
    }

    package struct Spec: Codable, Sendable, Equatable {
        /// The real name, as `3` or `locals/x`.
        ///
        /// The resource is called `3` or `locals.x`.
        package var revision: String
        /// The whole state document (`spec/state-format.md`).
        package var state: JSONValue
        package var origin: Origin
        package var commitMessage: String?

        package init(revision: String, state: JSONValue, origin: Origin = .local, commitMessage: String? = nil) {
            self.revision = revision
            self.state = state
            self.origin = origin
            self.commitMessage = commitMessage
        }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        package var phase: Phase = .new
        package var message = ""
        package var progress = 0
        /// Fact: whether the trail directory holds every file of the state.
        package var isCheckedOut = false
        package init() {}
    }

    package static let columns: [Column<Revision>] = [
        Column("Phase", about: "how far it came") { .string($0.status.phase.rawValue) },
        Column("Progress", .integer, about: "percent") { .integer(Int64($0.status.progress)) },
        Column("Active", about: "whether its containers are the device's") {
            .string(($0.status.conditions["Active"]?.status ?? .no).rawValue)
        },
        Column("Message", wide: true, about: "what is being done, or what went wrong") { .string($0.status.message) },
    ]

    /// The resource name of a revision's real name: `locals/x` is `locals.x`.
    package static func resourceName(of revision: String) -> String {
        String(revision.map { $0 == "/" ? "." : $0 })
    }
}
