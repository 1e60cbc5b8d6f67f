import Model
import StateFormat
import Synchronization

/// Reads the active revision's state document once per generation of it.
///
/// A revision is planned with every change of the device, and its document may be megabytes. Reading is a function of
/// the document alone, so remembering the last one leaves plans pure.
final class RevisionReader: Sendable {
    struct Reading: Sendable {
        let state: StateDocument
        let expansion: Expansion
    }

    private struct Last: Sendable {
        let uid: String
        let generation: Int64
        let reading: Reading
    }

    private let last = Mutex<Last?>(nil)

    func read(_ revision: Resource<Revision>) throws(InvalidState) -> Reading {
        let metadata = revision.metadata
        // Without a uid it was never stored, and its generation says nothing.
        if let last = last.withLock({ $0 }), !metadata.uid.isEmpty, last.uid == metadata.uid,
            last.generation == metadata.generation
        {
            return last.reading
        }
        // Nothing boots from a revision yet, so what the BSP lacks must not keep its containers from running.
        let state = try StateDocument(revision.spec.state, options: StateOptions(bsp: .ignored))
        let reading = Reading(state: state, expansion: state.expansion(of: revision.spec.revision))
        last.withLock { $0 = Last(uid: metadata.uid, generation: metadata.generation, reading: reading) }
        return reading
    }
}
