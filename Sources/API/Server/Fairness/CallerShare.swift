import DequeModule

/// What one caller's connections hold and have under way, all together.
///
/// It lives on the server's one thread.
final class CallerShare {
    let caller: Caller
    private(set) var connections = 0
    /// By process, as far as they are told apart.
    private var lanes: [Int32: Lanes] = [:]

    private let limits: ServerLimits
    private let turns: Turns
    private let all: Holdings
    /// nil for the host, which has no limits of its own.
    private let containers: Holdings?
    private var streams = 0
    private var slowAnswers = 0
    private var bytes = 0

    init(_ caller: Caller, limits: ServerLimits, turns: Turns, all: Holdings, containers: Holdings?) {
        self.caller = caller
        self.limits = limits
        self.turns = turns
        self.all = all
        self.containers = containers
    }

    func connect(_ process: Int32) -> Lanes? {
        if let containers {
            guard containers.connections < limits.containerConnections, connections < limits.connectionsPerContainer
            else { return nil }
            containers.connections += 1
            if connections == 0 { containers.callers += 1 }
        }
        connections += 1
        all.connections += 1
        let lanes = self.lanes[process] ?? Lanes(process, of: self)
        self.lanes[process] = lanes
        lanes.connections += 1
        return lanes
    }

    func disconnect(_ lanes: Lanes) {
        lanes.connections -= 1
        if lanes.connections == 0 { self.lanes[lanes.process] = nil }
        connections -= 1
        all.connections -= 1
        guard let containers else { return }
        containers.connections -= 1
        if connections == 0 { containers.callers -= 1 }
    }

    // MARK: - Turns

    func enqueue(_ taker: any TurnTaker, in lane: Lane) { turns.enqueue(taker, in: lane) }

    /// Whether one more of a lane's waiting answers may be begun now.
    func mayServe(_ lane: Lane) -> Bool {
        hasRoom
            && (lane.sort == .changes || slowAnswers < (containers == nil ? limits.hostAnswers : limits.slowAnswers))
    }

    private func unblock(_ sort: Lane.Sort) {
        for lanes in lanes.values { turns.unblock(sort == .requests ? lanes.requests : lanes.changes) }
    }

    // MARK: - What is under way

    /// An answer that waits for something slow has begun: too many of them, and the caller's next request waits.
    func beginSlowAnswer() { slowAnswers += 1 }

    func endSlowAnswer() {
        slowAnswers -= 1
        unblock(.requests)
    }

    /// An answer without a foreseeable end begins; false when there are too many.
    func beginStream() -> Bool {
        guard all.streams < limits.streams else { return false }
        if let containers {
            guard containers.streams < limits.containerStreams, streams < limits.streamsPerContainer else {
                return false
            }
            containers.streams += 1
        }
        streams += 1
        all.streams += 1
        return true
    }

    func endStream() {
        streams -= 1
        all.streams -= 1
        containers?.streams -= 1
    }

    // MARK: - Bytes

    /// Whether its bodies and its answers that nobody has taken yet leave room for more.
    var hasRoom: Bool { bytes < room }

    /// Bytes that a connection holds `already`, and wants to hold more of; what no other connection of the caller
    /// needs it always may.
    func hasRoom(for more: Int, besides already: Int) -> Bool { bytes == already || bytes + more <= room }

    func hold(_ count: Int) { bytes += count }

    func release(_ count: Int) {
        guard count > 0 else { return }
        bytes -= count
        guard hasRoom else { return }
        unblock(.requests)
        unblock(.changes)
    }

    /// Containers share what there is for containers: the more there are, the less each has.
    private var room: Int {
        guard let containers else { return limits.hostBytes }
        return min(limits.bytesPerContainer, limits.containerBytes / max(containers.callers, 1))
    }
}

/// What a connection has of its caller's.
struct Seat {
    let share: CallerShare
    let lanes: Lanes
}

/// Where connections of one caller wait: with requests, and with something to tell to a watcher, so that neither delays
/// the other.
final class Lanes {
    let process: Int32
    let requests: Lane
    let changes: Lane
    fileprivate var connections = 0

    init(_ process: Int32, of share: CallerShare) {
        self.process = process
        requests = Lane(.requests, of: share)
        changes = Lane(.changes, of: share)
    }
}

/// Those that wait for their turn, in order.
final class Lane {
    let sort: Sort
    private(set) weak var share: CallerShare?
    var waiting: Deque<any TurnTaker> = []
    var state = State.away

    init(_ sort: Sort, of share: CallerShare) {
        self.sort = sort
        self.share = share
    }

    enum Sort { case requests, changes }

    enum State {
        /// Nobody waits.
        case away
        /// It stands in the line of lanes.
        case inLine
        /// Somebody waits, but the caller must let go of something first.
        case blocked
    }
}
