/// SplitMix64: a small generator whose whole sequence follows from its seed, on every machine.
package struct SeededGenerator: Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound` - 1; 0 when there is no other.
    package mutating func draw(below bound: Int) -> Int { bound > 1 ? Int(next() % UInt64(bound)) : 0 }

    /// A generator of its own for a part, so that what one part draws never shifts what another one gets.
    package mutating func split() -> SeededGenerator { SeededGenerator(seed: next()) }
}
