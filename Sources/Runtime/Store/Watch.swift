package import Model

/// A view of every change from one version on: exactly once and in order, until it ends.
///
/// Take once after it was made, then after each wake, until `take` returns nothing. It is for one taker at a time.
/// Letting go of it cancels it.
package final class Watch: Sendable {
    private let channel: WatchChannel
    private let store: ResourceStore
    /// The store's version when it was made: what a list at the same moment would have said.
    package let start: ResourceVersion

    init(channel: WatchChannel, store: ResourceStore, start: ResourceVersion) {
        self.channel = channel
        self.store = store
        self.start = start
    }

    deinit { cancel() }

    /// The next events, at most `max`; empty = nothing yet, a wake follows.
    ///
    /// After the end it still gives what was queued before an overflow.
    package func take(max: Int = .max) -> [WatchEvent] { channel.take(max: max) }

    /// nil while it is open.
    package var end: WatchEnd? { channel.end }

    /// Ends it; what was not taken is dropped.
    package func cancel() {
        guard channel.close(.cancelled) else { return }
        store.remove(channel)
        channel.wake()
    }

    /// Queues a bookmark of the current version behind the changes up to it.
    ///
    /// Nothing when they were not asked for.
    package func bookmark() { store.bookmark(channel) }
}
