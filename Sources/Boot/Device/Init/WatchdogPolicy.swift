/// When the watchdog runs, and when it is petted.
///
/// While the first process works alone, every step of it is bounded, so it pets. While a runtime should be up, it pets
/// only for a runtime that answers. Times are milliseconds of the boot clock.
struct WatchdogPolicy: Equatable {
    enum Phase: Equatable {
        /// The first process alone: early boot.
        case early
        /// A runtime was started and does not serve yet.
        case starting
        /// It serves.
        case running
        /// It was asked to stop everything.
        case stopping
        /// The first process alone again, to the end.
        case ending
    }

    private(set) var mode: MachineSettings.WatchdogMode
    /// What the hardware counts to.
    private(set) var timeout: Int64
    private(set) var phase = Phase.early
    private var runtimeSince: Int64 = 0

    init(mode: MachineSettings.WatchdogMode, timeout: Int64) {
        self.mode = mode
        self.timeout = timeout
    }

    /// Whether it is to run.
    var isWanted: Bool {
        switch (mode, phase) {
        case (.disabled, _): false
        case (.always, _): true
        case (.startup, .running): false
        case (.startup, _): true
        case (.shutdown, .stopping), (.shutdown, .ending): true
        case (.shutdown, _): false
        }
    }

    /// How long the first process sleeps between two looks.
    var interval: Int64 { max(timeout / 3, 500) }

    mutating func runtimeStarted(at now: Int64) {
        runtimeSince = now
        if phase != .stopping { phase = .starting }
    }

    mutating func runtimeServes() {
        if phase == .starting { phase = .running }
    }

    /// What the hardware made of the timeout, or what is to be made of it.
    mutating func take(timeout: Int64) { self.timeout = timeout }
    /// There is no hardware.
    mutating func giveUp() { mode = .disabled }

    mutating func stops() { phase = .stopping }
    mutating func ends() { phase = .ending }

    /// Whether to pet now; a new runtime has one timeout to give its first answer.
    func pets(at now: Int64, hasAnswered: Bool) -> Bool {
        switch phase {
        case .early, .ending: true
        case .starting, .running, .stopping: hasAnswered || now - runtimeSince < timeout
        }
    }
}
