import Drivers
import LogServer

/// Who sends messages, and what became of them: numbers, limits, gaps.
final class LogSenders {
    /// One platform.
    final class Sender {
        let name: String
        fileprivate(set) var intake: Intake
        /// Connections it has open, and descriptors it asked to read.
        var connections = 0
        var accepting: TokenBucket

        fileprivate init(_ name: String, _ intake: Intake, at now: Int64) {
            self.name = name
            self.intake = intake
            accepting = TokenBucket(perSecond: 64, capacity: 256, at: now)
        }
    }

    private let output: LogOutput
    private let rotation: LogRotation
    private let loop: LogLoop
    private let ledger: LogLedger
    private let limits: Intake.Limits
    private var senders: [String: Sender] = [:]
    private var isTellingLater = false

    init(_ output: LogOutput, _ rotation: LogRotation, _ loop: LogLoop, _ ledger: LogLedger, _ limits: Intake.Limits) {
        self.output = output
        self.rotation = rotation
        self.loop = loop
        self.ledger = ledger
        self.limits = limits
    }

    /// - Parameter name: a container of this device, or the device itself.
    func sender(_ name: String) -> Sender {
        if let known = senders[name] { return known }
        let now = loop.now
        let intake = Intake(
            limits, received: ledger["received \(name)"] ?? 0, dropped: ledger["dropped \(name)"] ?? 0, at: now)
        let sender = Sender(name, intake, at: now)
        senders[name] = sender
        return sender
    }

    /// Takes a message in, or drops it.
    ///
    /// - Parameter file: its path below the sender's logs, when it has one of its own.
    func receive(_ record: LogRecord, from sender: Sender, file: String? = nil) {
        guard let number = sender.intake.admit(record.text.count, at: loop.now) else { return tellLater() }
        var record = record
        record.source = file ?? sender.intake.file(for: record.source)
        if sender.intake.gap != nil { tell(sender) }
        if !output.write(output.stamp(sender.name, record, number)) {
            sender.intake.lose(number, .disk)
            tellLater()
        }
    }

    /// Something that was no message.
    func refuse(from sender: Sender, _ reason: Intake.Reason = .damaged) {
        sender.intake.refuse(reason)
        tellLater()
    }

    /// Whether a sender that can wait should: a file is not lost by being read later.
    func mustWait(_ sender: Sender) -> Bool { !sender.intake.hasRoom(at: loop.now) }

    /// What was received and what of it was dropped, by platform.
    var counters: [(name: String, received: UInt64, dropped: UInt64)] {
        senders.values.map { ($0.name, $0.intake.received, $0.intake.dropped) }.sorted { $0.name < $1.name }
    }

    /// To be called now and then, and at the end: the numbers for the next log server.
    func remember() {
        for sender in senders.values {
            ledger["received \(sender.name)"] = sender.intake.received
            ledger["dropped \(sender.name)"] = sender.intake.dropped
        }
        rotation.lookAfterWrites()
    }

    func beginRevision() {
        for sender in senders.values { sender.intake.forgetSources() }
    }

    /// Tells of every gap that was not told of yet.
    func tellAll() {
        for sender in senders.values where sender.intake.gap != nil { tell(sender) }
    }

    private func tell(_ sender: Sender) {
        guard let gap = sender.intake.takeGap(at: loop.now) else { return tellLater() }
        let record = LogRecord(level: .warning, source: SourceName.logServer, text: Array(gap.text.utf8))
        if !output.write(output.stamp(sender.name, record, nil)) {
            sender.intake.keep(gap)
            tellLater()
        }
    }

    private func tellLater() {
        guard !isTellingLater else { return }
        isTellingLater = true
        loop.after(milliseconds: 1000) { [unowned self] in
            isTellingLater = false
            tellAll()
        }
    }
}
