import APIServer
import Model
import Synchronization

/// Revisions in memory, on a disk that may be full.
final class Trails: RevisionWriter, StepSource {
    struct Full: Error {}

    let drafts = Mutex<[String: RevisionDraft]>([:])
    let isFull: Mutex<Bool>
    private let blobs = BlobStub()

    init(isFull: Bool = false) { self.isFull = Mutex(isFull) }

    /// The state documents, by revision.
    var kept: [String: String] {
        drafts.withLock { $0.mapValues { String(decoding: $0.state, as: UTF8.self) } }
    }

    func receive(size: Int64?, reserved: Int64) async throws -> any FileUpload {
        try await blobs.receive(size: size, reserved: reserved)
    }

    func write(_ draft: RevisionDraft) async throws {
        if isFull.withLock({ $0 }) { throw Full() }
        drafts.withLock { $0[draft.revision] = draft }
    }

    func write(commitMessage: String, of revision: String) async throws {
        if isFull.withLock({ $0 }) { throw Full() }
        drafts.withLock { $0[revision]?.commitMessage = commitMessage }
    }

    func remove(_ revision: String) async throws { drafts.withLock { $0[revision] = nil } }

    func steps() async throws -> [Step] { [] }
    func state(of revision: String) async throws -> [UInt8]? { drafts.withLock { $0[revision]?.state } }
    func progress(of revision: String) async throws -> [UInt8]? { nil }
}
