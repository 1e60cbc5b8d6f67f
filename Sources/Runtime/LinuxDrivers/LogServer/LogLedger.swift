import Drivers
import Glibc

/// Numbers by name that outlive the log server, but not a reboot: how far a file was read, how many messages there were.
///
/// A small table in shared memory of a file on tmpfs: what was set is kept however this process ends. When the table is
/// full, or cannot be made, further numbers are forgotten at the next start, and nothing else happens.
final class LogLedger {
    private static let slots = 1024
    /// A slot that was used; 0 = never.
    private static let free: UInt64 = 1

    /// Pairs of key and value.
    private let table: UnsafeMutablePointer<UInt64>?

    init(_ path: String) {
        let size = Self.slots * 16
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else {
            table = nil
            return
        }
        defer { close(number) }
        guard ftruncate(number, off_t(size)) == 0,
            let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, number, 0),
            memory != UnsafeMutableRawPointer(bitPattern: -1)
        else {
            table = nil
            return
        }
        table = memory.bindMemory(to: UInt64.self, capacity: Self.slots * 2)
    }

    deinit {
        if let table { munmap(table, Self.slots * 16) }
    }

    subscript(name: String) -> UInt64? {
        get { find(name).flatMap { table?[$0 + 1] } }
        set {
            guard let table else { return }
            guard let newValue else {
                if let slot = find(name) { table[slot] = Self.free }
                return
            }
            guard let slot = find(name) ?? claim(name) else { return }
            table[slot + 1] = newValue
        }
    }

    private func find(_ name: String) -> Int? {
        guard let table else { return nil }
        let key = Self.key(name)
        for step in 0..<Self.slots {
            let slot = Self.slot(key, step)
            if table[slot] == key { return slot }
            if table[slot] == 0 { return nil }
        }
        return nil
    }

    private func claim(_ name: String) -> Int? {
        guard let table else { return nil }
        let key = Self.key(name)
        for step in 0..<(Self.slots * 3 / 4) {
            let slot = Self.slot(key, step)
            guard table[slot] <= Self.free else { continue }
            table[slot + 1] = 0
            table[slot] = key
            return slot
        }
        return nil
    }

    private static func slot(_ key: UInt64, _ step: Int) -> Int { (Int(key % UInt64(slots)) + step) % slots * 2 }

    /// FNV-1a, never one of the marks.
    private static func key(_ name: String) -> UInt64 {
        max(name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, 2)
    }
}
