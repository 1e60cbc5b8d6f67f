/// Counts connections, so that nobody can take them all, and keeps what each caller has under way.
///
/// It lives on the server's one thread.
final class ConnectionCensus {
    private let limits: ServerLimits
    private let turns: Turns
    private let all = Holdings()
    private let containers = Holdings()
    /// Of everybody with an open connection.
    ///
    /// Callers that nobody knows share one entry, and so one container's limits.
    private var shares: [Caller: CallerShare] = [:]

    init(_ limits: ServerLimits, turns: Turns) {
        self.limits = limits
        self.turns = turns
    }

    /// Counts a new connection; nil when there are too many.
    ///
    /// Processes of the host take turns with each other as containers do.
    func admit(_ caller: Caller, process: Int32 = 0) -> Seat? {
        guard all.connections < limits.connections else { return nil }
        let share =
            shares[caller]
            ?? CallerShare(
                caller, limits: limits, turns: turns, all: all, containers: caller == .host ? nil : containers)
        guard let lanes = share.connect(caller == .host ? process : 0) else { return nil }
        shares[caller] = share
        return Seat(share: share, lanes: lanes)
    }

    /// An admitted connection ended.
    func release(_ seat: Seat) {
        seat.share.disconnect(seat.lanes)
        if seat.share.connections == 0 { shares[seat.share.caller] = nil }
    }
}

/// What several callers hold together.
final class Holdings {
    var connections = 0
    var streams = 0
    var callers = 0
}
