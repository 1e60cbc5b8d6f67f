package import JSON

/// One version of everything on the device: a state JSON, immutable.
package enum Revision: Kind {
    package static let descriptor = KindDescriptor(
        name: "Revision", plural: "revisions", singular: "revision", shortNames: ["rev"], isUserCreatable: true)

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

        /// The number that goes with it.
        package var percent: Int {
            switch self {
            case .new: 0
            case .queued: 5
            case .downloading: 25
            case .inProgress: 50
            case .testing: 75
            case .updated, .done, .wontGo, .error: 100
            }
        }

        /// Whether somebody is at it.
        package var isUnderWay: Bool {
            switch self {
            case .queued, .downloading, .inProgress, .testing: true
            case .new, .updated, .done, .wontGo, .error: false
            }
        }
    }

    /// Held until its directory was removed.
    package static let trailFinalizer = "pantavisor.io/trail"

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
        /// The step of an attempt that the three above come from (device uptime in ms).
        package var progressSince: Instant?
        /// Fact: whether the trail directory holds every file of the state.
        package var isCheckedOut = false
        /// Whether it was once committed.
        package var isDone = false
        /// Fact: whether its directory is gone.
        package var isRemoved = false
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

    package static let schema = """
        spec object What it should be; never changed afterwards.
          revision string Its real name, as 3 or locals/x, where the resource is called 3 or locals.x; taken from the name.
          state any The whole state document.
          origin hub|local=local Where it came from.
          commitMessage? string What its author says of it.
        status object What was observed.
          phase @RevisionPhase How far it came.
          message string What is being done, or what went wrong.
          progress integer Percent.
          progressSince? integer When that was, in milliseconds since boot.
          isCheckedOut boolean Whether its directory holds every file of the state.
          isDone boolean Whether it was once committed.
          isRemoved boolean Whether its directory is gone.
        """

    /// Whether a text can name a revision: one part, or `locals/` and one part, that is safe as a directory.
    package static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 1 || (parts.count == 2 && parts[0] == "locals"), parts != ["locals"], parts != ["current"]
        else { return false }
        return parts.allSatisfy { part in
            !part.isEmpty && !part.hasPrefix(".") && part.utf8.count <= 230
                && part.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        }
    }

    /// The factory revision's real name.
    package static let factory = "0"

    /// The resource name of a revision's real name: `locals/x` is `locals.x`.
    package static func resourceName(of revision: String) -> String {
        String(revision.map { $0 == "/" ? "." : $0 })
    }
}
