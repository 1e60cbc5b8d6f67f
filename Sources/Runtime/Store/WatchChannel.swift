import DequeModule
import HashTreeCollections
import Model
import Synchronization

/// The queue between writers and one watch.
///
/// Writers only append; filtering is left to the taker.
final class WatchChannel: Sendable {
    enum Push {
        case queued
        /// It was empty before: its owner must be woken.
        case queuedFirst
        /// It is full and closed now: its owner must be woken.
        case overflowed
        case closed
    }

    private enum Item: Sendable {
        case initial(AnyResource)
        case change(Change)
        case bookmark(ResourceVersion, initialEventsEnd: Bool)
    }

    private struct Queue: Sendable {
        /// What was there before the watch: it may be longer than the limit.
        var backlog: Deque<Item> = []
        var items: Deque<Item> = []
        var end: WatchEnd?
    }

    let wake: @Sendable () -> Void
    private let options: WatchOptions
    private let queue = Mutex(Queue())

    init(_ options: WatchOptions, wake: @escaping @Sendable () -> Void) {
        self.options = options
        self.wake = wake
    }

    func wants(_ kind: KindName) -> Bool { options.kinds?.contains(kind) ?? true }

    var end: WatchEnd? { queue.withLock { $0.end } }

    /// Called once, before anything is taken.
    func start(replaying changes: [Change]) {
        let items = changes.lazy.filter { self.wants($0.new.kind) }.map { Item.change($0) }
        let backlog = Deque(items)
        queue.withLock { $0.backlog = backlog }
    }

    /// Called once, before anything is taken.
    func start(with snapshot: Snapshot) {
        let tables = snapshot.resources.filter { wants($0.key) }.sorted { $0.key < $1.key }
        let resources = tables.flatMap { $0.value.values.sorted { $0.name < $1.name } }
        var backlog = Deque(resources.map { Item.initial($0) })
        if options.bookmarks { backlog.append(.bookmark(snapshot.version, initialEventsEnd: true)) }
        queue.withLock { [backlog] in $0.backlog = backlog }
    }

    func push(_ change: Change) -> Push { push(.change(change)) }

    func pushBookmark(_ version: ResourceVersion) -> Push {
        guard options.bookmarks else { return .queued }
        return push(.bookmark(version, initialEventsEnd: false))
    }

    private func push(_ item: Item) -> Push {
        queue.withLock { queue in
            guard queue.end == nil else { return .closed }
            guard queue.items.count < options.limit else {
                queue.end = .overflow
                return .overflowed
            }
            queue.items.append(item)
            return queue.items.count == 1 ? .queuedFirst : .queued
        }
    }

    /// Whether this call closed it.
    func close(_ end: WatchEnd) -> Bool {
        queue.withLock { queue in
            guard queue.end == nil else { return false }
            queue = Queue(end: end)
            return true
        }
    }

    func take(max: Int) -> [WatchEvent] {
        var events: [WatchEvent] = []
        while events.count < max {
            let items = pop(max - events.count)
            guard !items.isEmpty else { break }
            events += items.lazy.compactMap { self.event($0) }
        }
        return events
    }

    private func pop(_ count: Int) -> [Item] {
        queue.withLock { queue in
            guard queue.backlog.isEmpty else { return queue.backlog.popFirst(count) }
            return queue.items.popFirst(count)
        }
    }

    private func event(_ item: Item) -> WatchEvent? {
        switch item {
        case .initial(let resource): options.matches?(resource) ?? true ? .added(resource) : nil
        case .change(let change): change.event(matching: options.matches)
        case .bookmark(let version, let isEnd): .bookmark(version, initialEventsEnd: isEnd)
        }
    }
}

extension Deque {
    /// Removes and returns up to `count` elements from the front.
    fileprivate mutating func popFirst(_ count: Int) -> [Element] {
        let taken = Array(prefix(count))
        removeFirst(taken.count)
        return taken
    }
}
