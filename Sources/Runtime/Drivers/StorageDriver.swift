package import JSON
package import Model

/// The storage layout: trails, objects, and the files that must survive.
package protocol StorageDriver: Sendable {
    /// Completes a revision's directory: objects as hard links, inline documents as files. What is there already and
    /// right is left alone; a missing object is an error that names it. Gives the objects that it linked.
    func checkOut(_ trail: Trail) async throws(DriverError) -> [StoredObject]

    /// Points `trails/current` at a revision.
    func markCurrent(_ revision: String) async throws(DriverError)

    /// Every revision with a state document, `locals/x` included; one that cannot be read says why.
    func revisions() async throws(DriverError) -> [StoredRevision]

    /// Puts a revision there, in the place of one of that name if there is one, without logs and data.
    ///
    /// After a power cut there is the one or the other, whole.
    func put(_ revision: NewRevision) async throws(DriverError)

    /// Removes a revision with its logs and its per-revision data; none of that name is a success.
    ///
    /// After a power cut it is there whole or not at all.
    func removeRevision(_ revision: String) async throws(DriverError)

    /// Every object, in no particular order.
    func objects() async throws(DriverError) -> [StoredObject]

    /// Reads an object; whether its bytes match its name. One that is not there is an error.
    func verify(_ object: String) async throws(DriverError) -> Bool

    /// The filesystem that everything lies on.
    func capacity() async throws(DriverError) -> StorageCapacity

    /// Writes a file so that after a power cut it has either the old or the new content. Makes missing directories.
    func writeDurably(_ bytes: [UInt8], to path: String) async throws(DriverError)

    /// The content of a file, nil when there is none; longer than `limit` bytes is an error.
    func read(_ path: String, limit: Int) async throws(DriverError) -> [UInt8]?

    /// Removes a file or a whole directory; nothing there is a success.
    func remove(_ path: String) async throws(DriverError)
}

/// What a revision's directory must hold.
package struct Trail: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        /// lower-case hex SHA-256 of an object
        case object(String)
        case document(JSONValue)
    }

    package var revision: String
    /// By path relative to the trail.
    package var files: [String: Content]

    package init(revision: String, files: [String: Content]) {
        self.revision = revision
        self.files = files
    }
}

/// A revision that is to be put on the storage.
package struct NewRevision: Sendable {
    package var revision: String
    /// The bytes of `.pvr/json`.
    package var state: [UInt8]
    package var commitMessage: String?
    package var progress: Rollout.Progress
    /// What is to be in its directory from the beginning, for one that must be ready to be booted; nil = the state only.
    package var content: Trail?
    /// What the loader needs of that.
    package var bootImage: BootImage?

    package init(
        revision: String, state: [UInt8], commitMessage: String? = nil, progress: Rollout.Progress,
        content: Trail? = nil, bootImage: BootImage? = nil
    ) {
        self.revision = revision
        self.state = state
        self.commitMessage = commitMessage
        self.progress = progress
        self.content = content
        self.bootImage = bootImage
    }
}

package struct StoredObject: Sendable, Hashable {
    package var name: String
    /// Bytes.
    package var size: Int64

    package init(name: String, size: Int64) {
        self.name = name
        self.size = size
    }
}

/// Bytes of a filesystem.
package struct StorageCapacity: Sendable, Hashable {
    package var total: Int64
    package var free: Int64

    package init(total: Int64, free: Int64) {
        self.total = total
        self.free = free
    }
}

package struct StoredRevision: Sendable, Equatable {
    package var revision: String
    /// The bytes of `.pvr/json`.
    package var state: [UInt8]
    package var commitMessage: String?
    /// Whether it was once committed (`.pv/done`).
    package var isDone: Bool
    /// The bytes of `.pv/progress`.
    package var progress: [UInt8]?
    /// When the trail directory was last changed.
    package var modified: Timestamp
    /// Why the rest could not be read, when it could not.
    package var failure: DriverError?

    package init(
        revision: String, state: [UInt8], commitMessage: String? = nil, isDone: Bool = false,
        progress: [UInt8]? = nil, modified: Timestamp, failure: DriverError? = nil
    ) {
        self.failure = failure
        self.revision = revision
        self.state = state
        self.commitMessage = commitMessage
        self.isDone = isDone
        self.progress = progress
        self.modified = modified
    }
}

/// Small records that outlive the runtime but not a reboot (tmpfs), by name.
package protocol JournalDriver: Sendable {
    func record(_ name: String) async throws(DriverError) -> JSONValue?
    func write(_ record: JSONValue, as name: String) async throws(DriverError)
    func remove(_ name: String) async throws(DriverError)
}

/// Ends the device's or the runtime's life, once everything is stopped.
package protocol PowerDriver: Sendable {
    /// `argument` goes with a reboot, for loaders that are told by it what to try.
    func end(_ action: PowerAction, argument: String?, reason: String) async throws(DriverError)
}

package enum PowerAction: String, Sendable, Hashable, CaseIterable {
    case reboot, powerOff
}
