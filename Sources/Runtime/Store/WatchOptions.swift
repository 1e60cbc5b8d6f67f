package import Model

/// What a watch wants to be told.
package struct WatchOptions: Sendable {
    /// nil = all kinds.
    package var kinds: Set<KindName>?
    package var from: WatchStart
    /// Which resources; called by whoever takes events, never by a writer.
    package var matches: (@Sendable (AnyResource) -> Bool)?
    /// Whether bookmarks are understood: one ends the initial events, others are made by `Watch.bookmark()`.
    package var bookmarks: Bool
    /// How many changes may wait before the watch is closed as too slow.
    ///
    /// Initial and replayed events do not count.
    package var limit: Int

    package init(
        kinds: Set<KindName>? = nil, from: WatchStart = .now, matches: (@Sendable (AnyResource) -> Bool)? = nil,
        bookmarks: Bool = false, limit: Int = 1024
    ) {
        self.kinds = kinds
        self.from = from
        self.matches = matches
        self.bookmarks = bookmarks
        self.limit = limit
    }
}

package enum WatchStart: Sendable, Equatable {
    /// Changes from now on.
    case now
    /// Every change after this version, or `StoreError.expired` when they are not all known.
    case after(ResourceVersion)
    /// All there is, as added, then changes.
    case initialEvents
}

/// Why a watch tells nothing more.
package enum WatchEnd: Sendable, Equatable {
    /// It was not drained in time. What it told is complete up to its last event: go on from there.
    case overflow
    case cancelled
}
