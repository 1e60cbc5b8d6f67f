import APIServer
import Controllers
import Drivers
import Glibc
import JSON
import LinuxDrivers
import Model
import StateFormat
import Store

/// Revisions on disk, for `/steps`.
struct StoredSteps: StepSource {
    let storage: any StorageDriver
    let layout: Layout

    func steps() async throws -> [Step] {
        try await storage.revisions().map { revision in
            Step(
                name: revision.revision, date: revision.modified, commitMessage: revision.commitMessage,
                progress: revision.progress)
        }
    }

    func state(of revision: String) async throws -> [UInt8]? {
        try await storage.read(layout.stateFile(revision), limit: 16 << 20)
    }

    func progress(of revision: String) async throws -> [UInt8]? {
        try await storage.read("\(layout.trail(revision))/.pv/progress", limit: 64 << 10)
    }
}

/// Revisions that users create, kept in the storage.
struct StoredRevisions: RevisionWriter {
    let storage: LinuxStorage
    let layout: Layout
    let options: StateOptions

    func receive(size: Int64?, reserved: Int64) async throws -> any FileUpload {
        StoredUpload(
            try await noticingFullStorage { try await storage.beginState(size: size, reserved: reserved) }, storage)
    }

    func write(_ draft: RevisionDraft) async throws {
        var revision = NewRevision(
            revision: draft.revision, state: draft.state, commitMessage: draft.commitMessage, progress: draft.progress)
        if draft.isBootable {
            let document = try StateDocument(JSONValue(parsing: draft.state), options: options)
            revision.content = document.trail(draft.revision)
            revision.bootImage = document.bootImage(of: draft.revision)
        }
        try await noticingFullStorage { [revision] in try await storage.put(revision) }
    }

    func write(commitMessage: String, of revision: String) async throws {
        let path = layout.commitMessage(of: revision)
        try await noticingFullStorage { try await storage.writeDurably(Array(commitMessage.utf8), to: path) }
    }

    func remove(_ revision: String) async throws { try await storage.removeRevision(revision) }
}

/// Objects, for `/objects`.
struct StoredBlobs: BlobStore {
    let storage: LinuxStorage

    func check(_ name: String) async throws -> BlobCheck? {
        try await storage.check(name).map { BlobCheck(isSound: $0.isSound, size: $0.size) }
    }

    func receive(size: Int64?, reserved: Int64) async throws -> any BlobUpload {
        let upload = try await noticingFullStorage { try await storage.beginObject(size: size, reserved: reserved) }
        return StoredUpload(upload, storage)
    }

    func pieces(of name: String) async throws -> (any AsyncSequence<[UInt8], any Error> & Sendable)? {
        try await storage.pieces(of: name)
    }
}

private struct StoredUpload: BlobUpload {
    private let upload: Upload
    private let storage: LinuxStorage

    init(_ upload: Upload, _ storage: LinuxStorage) {
        self.upload = upload
        self.storage = storage
    }

    var size: Int64 { upload.size }

    func write(_ bytes: [UInt8]) async throws { try await noticingFullStorage { try await upload.write(bytes) } }
    func finish() async throws -> String { try await noticingFullStorage { try await upload.finish() } }
    func content(limit: Int) async throws -> [UInt8] { try await upload.content(limit: limit) }

    func publish(as name: String) async throws {
        try await noticingFullStorage { try await storage.publish(upload, as: name) }
    }
}

/// A full storage has an answer of its own.
private func noticingFullStorage<Result>(_ work: () async throws -> Result) async throws -> Result {
    do {
        return try await work()
    } catch let error as DriverError where error.errno == ENOSPC || error.errno == EDQUOT {
        throw NoSpace()
    }
}

/// Commands inside containers, for `exec`.
struct ContainerExec: ExecSource {
    let containers: any ContainerDriver

    func start(_ command: [String], terminal: Bool, in container: String) async throws -> any ExecConversation {
        let request = ExecRequest(arguments: command, terminal: terminal)
        return Conversation(session: try await containers.exec(request, in: container))
    }

    private struct Conversation: ExecConversation {
        let session: any ExecSession

        var output: AsyncStream<ExecChunk> {
            let source = Source(iterator: session.output.makeAsyncIterator())
            return AsyncStream { await source.next() }
        }

        func write(_ bytes: [UInt8]) async throws { try await session.write(bytes) }
        func resize(columns: Int, rows: Int) { session.resize(columns: columns, rows: rows) }
        func exitCode() async throws -> Int { try await session.exitCode() }
        func cancel() { session.cancel() }
    }

    /// Nothing is taken from the command before it is asked for.
    private actor Source {
        private var iterator: AsyncStream<ExecOutput>.Iterator

        init(iterator: AsyncStream<ExecOutput>.Iterator) { self.iterator = iterator }

        func next() async -> ExecChunk? {
            var copy = iterator
            defer { iterator = copy }
            return switch await copy.next(isolation: self) {
            case .standardOutput(let bytes): .standardOutput(bytes)
            case .standardError(let bytes): .standardError(bytes)
            case nil: nil
            }
        }
    }
}

/// What moving to a revision would do, as the controllers would see it.
struct UpdatePlanner: RevisionPlanner {
    let preview: UpdatePreview

    func plan(_ state: JSONValue, in snapshot: Snapshot) -> JSONValue { preview.of(state, in: snapshot) }
}
