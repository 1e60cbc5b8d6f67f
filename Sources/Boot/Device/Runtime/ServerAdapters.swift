import APIServer
import Controllers
import Drivers
import JSON
import Model
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
    let storage: any StorageDriver
    let layout: Layout

    func write(_ revision: String, state: [UInt8], commitMessage: String?) async throws {
        if let commitMessage {
            let file = "\(layout.trail(revision))/.pv/commitmsg"
            try await storage.writeDurably(Array(commitMessage.utf8), to: file)
        }
        // What has no state document is no revision, so this comes last.
        try await storage.writeDurably(state, to: layout.stateFile(revision))
    }

    func remove(_ revision: String) async throws { try await storage.removeRevision(revision) }
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
            let source = session.output
            return AsyncStream { continuation in
                let copying = Task {
                    for await chunk in source {
                        switch chunk {
                        case .standardOutput(let bytes): continuation.yield(.standardOutput(bytes))
                        case .standardError(let bytes): continuation.yield(.standardError(bytes))
                        }
                    }
                    continuation.finish()
                }
                continuation.onTermination = { _ in copying.cancel() }
            }
        }

        func write(_ bytes: [UInt8]) async throws { try await session.write(bytes) }
        func resize(columns: Int, rows: Int) { session.resize(columns: columns, rows: rows) }
        func exitCode() async throws -> Int { try await session.exitCode() }
        func cancel() { session.cancel() }
    }
}

/// What moving to a revision would do, as the controllers would see it.
struct UpdatePlanner: RevisionPlanner {
    let preview: UpdatePreview

    func plan(_ state: JSONValue, in snapshot: Snapshot) -> JSONValue { preview.of(state, in: snapshot) }
}
