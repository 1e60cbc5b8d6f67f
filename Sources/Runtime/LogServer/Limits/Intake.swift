/// What one sender is let in with: it numbers its messages, and keeps it within its limits.
///
/// Every message gets the next number, the dropped ones too, so that whoever reads the log can tell that something is
/// missing, and how much.
package struct Intake: Sendable {
    package struct Limits: Sendable, Hashable {
        /// 0 = no limit.
        package var messagesPerSecond: Int
        package var bytesPerSecond: Int
        package var sources: Int

        package init(messagesPerSecond: Int = 2000, bytesPerSecond: Int = 1 << 20, sources: Int = 64) {
            self.messagesPerSecond = messagesPerSecond
            self.bytesPerSecond = bytesPerSecond
            self.sources = sources
        }
    }

    package enum Reason: String, Sendable, CaseIterable {
        case rate = "came faster than allowed"
        case disk = "could not be written"
        case damaged = "were no messages"
        case connections = "came on more connections than allowed"
        case stranger = "came from another container"
    }

    /// Messages that are missing between two that are there.
    package struct Gap: Sendable, Hashable {
        package var first: UInt64
        package var last: UInt64
        package var count: UInt64
        package var reason: Reason
        /// All that were ever dropped of this sender.
        package var total: UInt64

        package init(first: UInt64, last: UInt64, count: UInt64, reason: Reason, total: UInt64) {
            self.first = first
            self.last = last
            self.count = count
            self.reason = reason
            self.total = total
        }

        package var text: String {
            "dropped \(count) messages, numbers \(first) to \(last), which \(reason.rawValue); \(total) dropped so far"
        }
    }

    package private(set) var received: UInt64
    package private(set) var dropped: UInt64
    package private(set) var gap: Gap?
    private var messages: TokenBucket
    private var bytes: TokenBucket
    private let limits: Limits
    private var sources: Set<String> = []
    private var reportedAt: Int64

    /// - Parameter received: how many an earlier log server had from this sender.
    package init(_ limits: Limits, received: UInt64 = 0, dropped: UInt64 = 0, at now: Int64) {
        self.limits = limits
        self.received = received
        self.dropped = dropped
        let (count, size) = (limits.messagesPerSecond, limits.bytesPerSecond)
        messages = TokenBucket(perSecond: count, capacity: count * 4, at: now)
        bytes = TokenBucket(perSecond: size, capacity: max(size * 4, LogRecord.maximumLength * 2), at: now)
        reportedAt = now - 1000
    }

    /// The number of a message that may be written; nil for one that is dropped.
    package mutating func admit(_ length: Int, at now: Int64) -> UInt64? {
        received += 1
        guard messages.take(at: now), bytes.take(length, at: now) else {
            drop(received, .rate)
            return nil
        }
        return received
    }

    /// Whether the next message would be let in.
    package mutating func hasRoom(at now: Int64) -> Bool {
        let (hasMessages, hasBytes) = (messages.hasOne(at: now), bytes.hasOne(at: now))
        return hasMessages && hasBytes
    }

    /// A message that was let in and is lost all the same.
    package mutating func lose(_ number: UInt64, _ reason: Reason) { drop(number, reason) }

    /// Something that was no message.
    package mutating func refuse(_ reason: Reason = .damaged) {
        received += 1
        drop(received, reason)
    }

    private mutating func drop(_ number: UInt64, _ reason: Reason) {
        dropped += 1
        let first = gap?.first ?? number
        // A full disk is worse news than a full bucket.
        let worst = gap?.reason == .disk ? .disk : reason
        gap = Gap(
            first: min(first, number), last: max(gap?.last ?? number, number), count: (gap?.count ?? 0) + 1,
            reason: worst, total: dropped)
    }

    /// The gap to tell of, at most once a second; nil when there is none, or it was told of a moment ago.
    package mutating func takeGap(at now: Int64) -> Gap? {
        guard let gap, now - reportedAt >= 1000 else { return nil }
        reportedAt = now
        self.gap = nil
        return gap
    }

    /// The gap goes back: it could not be told of, and is told of as soon as it can be.
    package mutating func keep(_ gap: Gap) {
        reportedAt -= 1000
        guard let later = self.gap else {
            self.gap = gap
            return
        }
        self.gap = Gap(
            first: gap.first, last: later.last, count: gap.count + later.count, reason: later.reason,
            total: later.total)
    }

    /// The name to file a source under: a sender has so many and no more.
    package mutating func file(for source: String) -> String {
        if sources.contains(source) { return source }
        guard sources.count < limits.sources else { return SourceName.others }
        sources.insert(source)
        return source
    }

    /// Another revision: other files.
    package mutating func forgetSources() { sources = [] }
}
