import Model
import Store

/// Follows the store until it sees the resource that ends a round, and keeps what it was told.
struct Observer {
    enum Manner: CaseIterable {
        /// Takes as soon as it can.
        case fast
        /// Takes little, seldom, from a short queue.
        case slow
        /// Leaves again and again and comes back where it was, or lists again when that is too long ago.
        case resuming
    }

    /// One stretch without a gap: from a list or a moment on, to its end.
    struct Stretch {
        var start: ResourceVersion
        /// What was there at its start, when it began with a list.
        var listed: [AnyResource]?
        var events: [WatchEvent] = []
        /// nil: it saw the round's end.
        var end: WatchEnd?
    }

    static let lastName = "round-end"

    let manner: Manner
    let view: View
    private let store: ResourceStore
    private var generator: SeededGenerator
    private(set) var stretches: [Stretch] = []

    init(_ manner: Manner, _ view: View, store: ResourceStore, seed: UInt64) {
        self.manner = manner
        self.view = view
        self.store = store
        generator = SeededGenerator(seed: seed)
    }

    /// - Parameter began: called once it can no longer miss the round's end.
    mutating func observe(_ began: @Sendable () -> Void) async throws {
        switch manner {
        case .fast: try await observeOnce(limit: 100_000, listing: generator.chance(50), began)
        case .slow: try await observeOnce(limit: Int.random(in: 1...24, using: &generator), listing: false, began)
        case .resuming: await observeWithBreaks(began)
        }
    }

    private mutating func observeOnce(
        limit: Int, listing: Bool, _ began: @Sendable () -> Void
    ) async throws {
        var options = view.options
        options.limit = limit
        options.bookmarks = listing
        options.from = listing ? .initialEvents : .now
        let changes = try store.changes(options, batchLimit: manner == .slow ? 2 : 64)
        began()
        var stretch = Stretch(start: changes.start)
        for await batch in changes {
            stretch.events += batch
            if Self.isLast(batch) {
                stretches.append(stretch.splittingList())
                return
            }
            guard manner == .slow else { continue }
            for _ in 0..<Int.random(in: 0..<4, using: &generator) { await Task.yield() }
        }
        stretch.end = changes.end
        stretches.append(stretch.splittingList())
    }

    private mutating func observeWithBreaks(_ began: @Sendable () -> Void) async {
        var stretch = list()
        began()
        while !Task.isCancelled {
            var options = view.options
            options.limit = 16
            options.from = .after(stretch.events.last?.version ?? stretch.start)
            guard let changes = try? store.changes(options, batchLimit: 4) else {
                stretch.end = .overflow
                stretches.append(stretch)
                stretch = list()
                if stretch.sawTheEnd {
                    stretches.append(stretch)
                    return
                }
                continue
            }
            for await batch in changes {
                stretch.events += batch
                if Self.isLast(batch) {
                    stretches.append(stretch)
                    return
                }
                await Task.yield()
                if generator.chance(40) { break }
            }
        }
        stretch.end = .cancelled
        stretches.append(stretch)
    }

    private func list() -> Stretch {
        let snapshot = store.snapshot()
        let all =
            snapshot.all(Group.self).map { AnyResource($0) } + snapshot.all(Container.self).map { AnyResource($0) }
        return Stretch(start: snapshot.version, listed: all.filter(view.shows))
    }

    private static func isLast(_ batch: [WatchEvent]) -> Bool {
        if case .added(let resource) = batch.last { resource.name == lastName } else { false }
    }
}

extension Observer.Stretch {
    fileprivate var sawTheEnd: Bool { listed?.contains { $0.name == Observer.lastName } ?? false }

    /// Moves initial events to `listed`.
    fileprivate func splittingList() -> Self {
        let mark = WatchEvent.bookmark(start, initialEventsEnd: true)
        guard let end = events.firstIndex(of: mark) else { return self }
        var split = self
        split.listed = events[..<end].compactMap { if case .added(let resource) = $0 { resource } else { nil } }
        split.events = Array(events[(end + 1)...])
        return split
    }
}
