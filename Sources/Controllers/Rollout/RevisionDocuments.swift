package import Model
package import StateFormat
import Synchronization

/// Reads the state documents of the revisions that are in use, each once.
///
/// A document may be megabytes, and plans ask for it with every change of the device. Reading is a function of the
/// document alone, so remembering the last few leaves plans pure.
package final class RevisionDocuments: Sendable {
    private struct Entry: Sendable {
        let uid: String
        let generation: Int64
        let result: Result<StateDocument, InvalidState>
    }

    /// The running revision, the one it moves to, and the one it came from.
    private static let limit = 3

    private let options: StateOptions
    private let entries = Mutex<[Entry]>([])

    package init(options: StateOptions) {
        self.options = options
    }

    package func read(_ revision: Resource<Revision>) throws(InvalidState) -> StateDocument {
        let metadata = revision.metadata
        // Without a uid it was never stored, and its generation says nothing.
        let known = entries.withLock { entries in
            metadata.uid.isEmpty
                ? nil : entries.first { $0.uid == metadata.uid && $0.generation == metadata.generation }
        }
        if let known { return try known.result.get() }
        let result: Result<StateDocument, InvalidState>
        do throws(InvalidState) {
            result = .success(try StateDocument(revision.spec.state, options: options))
        } catch {
            result = .failure(error)
        }
        let entry = Entry(uid: metadata.uid, generation: metadata.generation, result: result)
        entries.withLock { entries in
            entries.removeAll { $0.uid == entry.uid }
            entries.append(entry)
            if entries.count > Self.limit { entries.removeFirst() }
        }
        return try result.get()
    }
}
