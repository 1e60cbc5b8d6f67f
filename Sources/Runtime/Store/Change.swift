package import Model

/// One write, as history and watches keep it.
///
/// Its version is that of `new`.
struct Change: Sendable {
    /// nil for a creation.
    let old: AnyResource?
    /// What was written; for a deletion the last state under the deletion's version.
    let new: AnyResource
    let isDeletion: Bool
}

extension Change {
    /// What a watch with this filter sees of the change: something that begins to match is added, something that stops
    /// is deleted, with its last matching state under the version at which it stopped.
    func event(matching matches: (@Sendable (AnyResource) -> Bool)?) -> WatchEvent? {
        let was = old.map { matches?($0) ?? true } ?? false
        let isNow = !isDeletion && matches?(new) ?? true
        switch (was, isNow) {
        case (false, false): return nil
        case (false, true): return .added(new)
        case (true, true): return .modified(new)
        case (true, false): return .deleted(isDeletion ? new : lastMatch)
        }
    }

    private var lastMatch: AnyResource {
        guard let old else { return new }
        var metadata = old.metadata
        metadata.resourceVersion = new.version
        return old.with(metadata)
    }
}

/// What a watch tells.
package enum WatchEvent: Sendable, Equatable {
    case added(AnyResource)
    case modified(AnyResource)
    case deleted(AnyResource)
    /// Everything up to this version was told by this watch before.
    case bookmark(ResourceVersion, initialEventsEnd: Bool)

    /// The version after which a watch goes on from here.
    package var version: ResourceVersion {
        switch self {
        case .added(let resource), .modified(let resource), .deleted(let resource): resource.version
        case .bookmark(let version, _): version
        }
    }
}
