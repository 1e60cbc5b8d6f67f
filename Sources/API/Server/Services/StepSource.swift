package import Model

/// A revision on disk, as `/steps` lists it (`spec/pv-ctrl-api.md` §3.3).
package struct Step: Sendable, Equatable {
    /// The real name: `3` or `locals/x`.
    package var name: String
    /// When its trail was last changed.
    package var date: Timestamp
    package var commitMessage: String?
    /// The raw `.pv/progress` file.
    package var progress: [UInt8]?

    package init(name: String, date: Timestamp, commitMessage: String? = nil, progress: [UInt8]? = nil) {
        self.name = name
        self.date = date
        self.commitMessage = commitMessage
        self.progress = progress
    }
}

/// Reads revisions from the storage.
///
/// Names are checked by the caller: they cannot leave the trails directory.
package protocol StepSource: Sendable {
    /// Every revision with a trail, in any order.
    func steps() async throws -> [Step]
    /// The raw bytes of `trails/<revision>/.pvr/json`, nil when there is none.
    func state(of revision: String) async throws -> [UInt8]?
    /// The raw bytes of `trails/<revision>/.pv/progress`, nil when there is none.
    func progress(of revision: String) async throws -> [UInt8]?
}

/// A device without trails.
package struct NoSteps: StepSource {
    package init() {}
    package func steps() async throws -> [Step] { [] }
    package func state(of revision: String) async throws -> [UInt8]? { nil }
    package func progress(of revision: String) async throws -> [UInt8]? { nil }
}
