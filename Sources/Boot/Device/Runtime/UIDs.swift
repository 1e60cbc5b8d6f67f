import Synchronization

/// Unique ids in the form of random UUIDs (version 4), from one seed per process.
final class UIDs: Sendable {
    private let state: Mutex<UInt64>

    init(seed: UInt64) {
        state = Mutex(seed)
    }

    func next() -> String {
        let (high, low) = state.withLock { state in (Self.mix(&state), Self.mix(&state)) }
        let version = (high & 0xffff_ffff_ffff_0fff) | 0x4000
        let variant = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
        let digits = Self.hex(version) + Self.hex(variant)
        let cuts = [0, 8, 12, 16, 20, 32]
        return zip(cuts, cuts.dropFirst()).map { String(digits[$0..<$1]) }.joined(separator: "-")
    }

    /// SplitMix64: every state yields another number.
    private static func mix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    private static func hex(_ number: UInt64) -> [Character] {
        let digits = Array(String(number, radix: 16))
        return Array(repeating: "0", count: 16 - digits.count) + digits
    }
}
