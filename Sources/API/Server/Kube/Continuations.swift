import Model
import Store
import Synchronization

/// Snapshots that lists in pages go on from, so that all pages show one version.
///
/// The oldest are forgotten.
final class Continuations: Sendable {
    private let kept = Mutex<[Snapshot]>([])
    private static let limit = 16

    /// The token for what comes after `name`.
    func token(after name: String, in snapshot: Snapshot) -> String {
        kept.withLock { kept in
            kept.removeAll { $0.version == snapshot.version }
            kept.append(snapshot)
            if kept.count > Continuations.limit { kept.removeFirst() }
        }
        return "\(snapshot.version).\(name)"
    }

    /// Where a token leads; nil when it is none, or too old.
    func resume(_ token: String) -> (snapshot: Snapshot, after: String)? {
        guard let dot = token.firstIndex(of: "."), let version = UInt64(token[..<dot]) else { return nil }
        let name = String(token[token.index(after: dot)...])
        let snapshot = kept.withLock { $0.first { $0.version == ResourceVersion(version) } }
        return snapshot.map { ($0, name) }
    }
}
