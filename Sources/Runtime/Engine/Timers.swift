import HeapModule
import Model

/// Deadlines of subjects, at most one each.
///
/// Replacing one leaves its old entry in the heap, where it is skipped.
struct Timers: Sendable {
    private struct Entry: Comparable, Sendable {
        let at: Instant
        let ticket: UInt64
        let subject: Int

        /// Equal times go in the order they were set.
        static func < (left: Entry, right: Entry) -> Bool { (left.at, left.ticket) < (right.at, right.ticket) }
    }

    private var heap = Heap<Entry>()
    /// The ticket and time of each subject's entry that counts; ticket 0 = none.
    private var current: [(ticket: UInt64, at: Instant)] = []
    private var armed = 0
    private var lastTicket: UInt64 = 0

    /// The earliest deadline, or nil when none is set.
    var earliest: Instant? {
        mutating get {
            while let first = heap.min, current[first.subject].ticket != first.ticket { heap.removeMin() }
            return heap.min?.at
        }
    }

    mutating func set(_ subject: Int, at instant: Instant?) {
        while current.count <= subject { current.append((0, .zero)) }
        if current[subject].ticket != 0 {
            if current[subject].at == instant { return }
            current[subject].ticket = 0
            armed -= 1
        }
        guard let instant else { return }
        lastTicket += 1
        armed += 1
        current[subject] = (lastTicket, instant)
        heap.insert(Entry(at: instant, ticket: lastTicket, subject: subject))
        if heap.count > 2 * armed + 64 { compact() }
    }

    /// Takes one subject whose deadline is not after `now`.
    mutating func popDue(at now: Instant) -> Int? {
        guard let earliest, earliest <= now else { return nil }
        let subject = heap.removeMin().subject
        current[subject].ticket = 0
        armed -= 1
        return subject
    }

    private mutating func compact() {
        let live = heap.unordered.filter { current[$0.subject].ticket == $0.ticket }
        heap = Heap(live)
    }
}
