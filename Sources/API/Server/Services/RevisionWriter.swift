/// Keeps the revisions that users create through the API.
///
/// Names are checked by the caller: they cannot leave the trails directory.
package protocol RevisionWriter: Sendable {
    /// Writes a new revision's state document: when this returns, it survives a power cut.
    func write(_ revision: String, state: [UInt8], commitMessage: String?) async throws
    func remove(_ revision: String) async throws
}

/// A device whose revisions are gone when it ends, like a simulated one.
package struct TransientRevisions: RevisionWriter {
    package init() {}
    package func write(_ revision: String, state: [UInt8], commitMessage: String?) async throws {}
    package func remove(_ revision: String) async throws {}
}
