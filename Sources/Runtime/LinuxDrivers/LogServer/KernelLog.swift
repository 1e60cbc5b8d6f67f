import Drivers
import Glibc
import LogServer

/// The kernel's own messages, from /dev/kmsg (PV_LOG_CAPTURE_DMESG): those since boot, each once.
final class KernelLog {
    private static let ledgerName = "kernel"
    private static let turn = 64

    private let device: OwnedDescriptor
    private let senders: LogSenders
    private let ledger: LogLedger
    private let loop: LogLoop
    private let sender: LogSenders.Sender
    private var token: LogLoop.Token?

    /// Nil when this kernel has none, or does not let us.
    init?(_ senders: LogSenders, _ ledger: LogLedger, _ loop: LogLoop) {
        let number = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { return nil }
        device = OwnedDescriptor(number)
        self.senders = senders
        self.ledger = ledger
        self.loop = loop
        sender = senders.sender(LogMessage.ownPlatform)
        token = loop.watch(device) { [unowned self] in take() }
    }

    private func take() {
        guard !senders.mustWait(sender) else {
            loop.forget(token)
            loop.after(milliseconds: 200) { [unowned self] in
                token = loop.watch(device) { [unowned self] in take() }
            }
            return
        }
        var bytes = [UInt8](repeating: 0, count: 8192)
        for _ in 0..<Self.turn {
            let count = read(device.number, &bytes, bytes.count)
            if count < 0, errno == EPIPE {
                // The kernel has overwritten some before they were read.
                senders.refuse(from: sender)
                continue
            }
            guard count > 0 else { break }
            guard let (number, record) = KernelRecord.parse(bytes[..<count]) else { continue }
            guard number >= ledger[Self.ledgerName] ?? 0 else { continue }
            ledger[Self.ledgerName] = number + 1
            senders.receive(record, from: sender, file: "dmesg")
        }
        senders.remember()
    }
}
