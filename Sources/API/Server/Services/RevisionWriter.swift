package import Model

/// Keeps the revisions that users create.
///
/// Names are checked by the caller: they cannot leave the trails directory.
package protocol RevisionWriter: Sendable {
    /// Begins to take a state document; nothing of it is left when nobody needs it any more.
    ///
    /// - Parameter reserved: bytes of the storage that stay free.
    /// - Throws: `NoSpace` when a size is given that does not fit.
    func receive(size: Int64?, reserved: Int64) async throws -> any FileUpload

    /// Puts a revision there, in the place of the one of that name: when this returns, it survives a power cut; cut
    /// before, the old one is there.
    func write(_ draft: RevisionDraft) async throws

    /// Keeps what is said of a revision that is there.
    func write(commitMessage: String, of revision: String) async throws

    func remove(_ revision: String) async throws
}

/// A revision that is to be put on the storage.
package struct RevisionDraft: Sendable, Equatable {
    /// The real name: `3` or `locals/x`.
    package var revision: String
    /// The state document as it came.
    package var state: [UInt8]
    package var commitMessage: String?
    package var progress: Rollout.Progress
    /// Whether it must be ready to be booted as soon as it is there, objects and all.
    package var isBootable = false

    package init(
        revision: String, state: [UInt8], commitMessage: String? = nil, progress: Rollout.Progress,
        isBootable: Bool = false
    ) {
        self.revision = revision
        self.state = state
        self.commitMessage = commitMessage
        self.progress = progress
        self.isBootable = isBootable
    }
}

/// A device whose revisions are gone when it ends, like a simulated one.
package struct TransientRevisions: RevisionWriter {
    package init() {}
    package func receive(size: Int64?, reserved: Int64) async throws -> any FileUpload { throw NoSpace() }
    package func write(_ draft: RevisionDraft) async throws {}
    package func write(commitMessage: String, of revision: String) async throws {}
    package func remove(_ revision: String) async throws {}
}
