import APIServer
import Drivers
import LinuxDrivers
import Model
import Synchronization

/// Usage from the kernel's counters: the difference to an earlier reading, or to one made a second ago for it.
///
/// Nothing is read while nobody asks.
final class MeasuredUsage: UsageSource {
    private struct Reading: Sendable {
        let time: Instant
        let counters: [String: UsageCounters]
    }

    private let containers: LXCContainers
    private let clock: any DeviceClock
    private let last = Mutex<Reading?>(nil)

    /// An earlier reading counts when it is at least, and at most, so old.
    private static let window = (Duration.seconds(1), Duration.seconds(60))

    init(_ containers: LXCContainers, clock: any DeviceClock) {
        self.containers = containers
        self.clock = clock
    }

    func usage() async throws -> Usage {
        let before = try await earlier()
        let after = try await read()
        last.withLock { $0 = after }
        let window = after.time - before.time
        let shares = after.counters.reduce(into: [String: Usage.Share]()) { shares, entry in
            // What began in between is measured from the next time on.
            guard let then = before.counters[entry.key] else { return }
            let used = max(entry.value.processor - then.processor, 0)
            let processor = used / 1000 / max(Int(window.inMilliseconds), 1)
            shares[entry.key] = Usage.Share(processor: processor, memory: entry.value.memory)
        }
        return Usage(
            window: window, containers: shares.filter { !$0.key.isEmpty },
            device: shares[""] ?? Usage.Share(processor: 0, memory: 0))
    }

    private func earlier() async throws -> Reading {
        let now = clock.now
        let kept = last.withLock { last in
            last.flatMap { (Self.window.0...Self.window.1).contains(now - $0.time) ? $0 : nil }
        }
        if let kept { return kept }
        let first = try await read()
        try await clock.wait(until: first.time + Self.window.0)
        return first
    }

    private func read() async throws -> Reading {
        let counters = try await containers.usage()
        return Reading(time: clock.now, counters: counters)
    }
}
