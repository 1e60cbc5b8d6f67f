import NIOCore

/// What one connection holds of its caller's share.
struct ConnectionHoldings {
    /// Bytes of the body that arrives.
    var body = 0
    /// Bytes of answers that the client has not taken.
    var owed = 0
    /// An answer that waits for something slow.
    var isSlow = false
    /// An answer without a foreseeable end.
    var isStream = false
}

extension ConnectionHandler {
    /// Whether there is room for more of a body.
    func holdBody(_ count: Int) -> Bool {
        guard share.hasRoom(for: count, besides: holdings.body + holdings.owed) else { return false }
        share.hold(count)
        holdings.body += count
        return true
    }

    func releaseBody() {
        share.release(holdings.body)
        holdings.body = 0
    }

    /// Counts what was written and is not taken: only of a client that does not keep up.
    func owe(_ count: Int) {
        guard let context, !context.channel.isWritable else { return }
        share.hold(count)
        holdings.owed += count
    }

    /// The client took what it was owed.
    func settle() {
        share.release(holdings.owed)
        holdings.owed = 0
    }

    func beginSlowAnswer() {
        guard !holdings.isSlow else { return }
        holdings.isSlow = true
        share.beginSlowAnswer()
    }

    func endSlowAnswer() {
        guard holdings.isSlow else { return }
        holdings.isSlow = false
        share.endSlowAnswer()
    }

    /// False when the caller has too many already.
    func beginStream() -> Bool {
        guard share.beginStream() else { return false }
        holdings.isStream = true
        return true
    }

    func endStream() {
        guard holdings.isStream else { return }
        holdings.isStream = false
        share.endStream()
    }

    /// Leaves it to somebody else to tell when the answer ends.
    func passOnStream() -> () -> Void {
        holdings.isStream = false
        return { [share = seat.share] in share.endStream() }
    }

    /// The connection is over.
    func letGo() {
        releaseBody()
        settle()
        endStream()
    }
}
