/// Packs log text as gzip (RFC 1952, RFC 1951), so that `zcat` reads it.
///
/// One member for each piece of at most 64 KiB, with the fixed codes: members may follow each other, so a file is packed
/// piece by piece in little memory. It takes some more room than zlib would, and no library, of which the device has
/// none.
package enum Gzip {
    package static let pieceLength = 65_536

    package static func member(of piece: [UInt8]) -> [UInt8] {
        var bits = BitWriter(reserving: piece.count / 3 + 64)
        bits.bytes = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        piece.withUnsafeBufferPointer { deflate($0, into: &bits) }
        bits.flush()
        bits.append(littleEndian: piece.withUnsafeBufferPointer(checksum))
        bits.append(littleEndian: UInt32(piece.count))
        return bits.bytes
    }

    private static let crcTable: [UInt32] = (0..<256).map { number in
        (0..<8).reduce(UInt32(number)) { crc, _ in crc & 1 == 1 ? 0xedb8_8320 ^ (crc >> 1) : crc >> 1 }
    }

    private static func checksum(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        crcTable.withUnsafeBufferPointer { table in
            ~bytes.reduce(UInt32.max) { crc, byte in table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
        }
    }

    // MARK: LZ77

    private static let hashBits: UInt32 = 13
    private static let window = 32_768
    private static let longestMatch = 258
    /// How many earlier places are tried.
    private static let depth = 24

    private static func deflate(_ input: UnsafeBufferPointer<UInt8>, into bits: inout BitWriter) {
        bits.write(0b011, 3)  // the last block, with fixed codes
        var heads = [Int32](repeating: -1, count: 1 << Int(hashBits))
        var earlier = [Int32](repeating: -1, count: input.count)
        heads.withUnsafeMutableBufferPointer { heads in
            earlier.withUnsafeMutableBufferPointer { earlier in
                var position = 0
                while position < input.count {
                    let (length, distance) = match(input, position, heads, earlier)
                    if length > 0 {
                        bits.write(length: length, distance: distance)
                    } else {
                        bits.write(literal: Int(input[position]))
                    }
                    for place in position..<(position + max(length, 1)) where place + 3 < input.count {
                        let slot = hash(input, place)
                        earlier[place] = heads[slot]
                        heads[slot] = Int32(place)
                    }
                    position += max(length, 1)
                }
            }
        }
        bits.write(literal: 256)
    }

    private static func hash(_ input: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int {
        let four = (0..<4).reduce(UInt32(0)) { $0 | UInt32(input[place + $1]) << UInt32(8 * $1) }
        return Int((four &* 0x9e37_79b1) >> (32 - hashBits))
    }

    /// The longest earlier text that is the same from here; length 0 when there is none worth it.
    private static func match(
        _ input: UnsafeBufferPointer<UInt8>, _ position: Int, _ heads: UnsafeMutableBufferPointer<Int32>,
        _ earlier: UnsafeMutableBufferPointer<Int32>
    ) -> (length: Int, distance: Int) {
        guard position + 3 < input.count else { return (0, 0) }
        let limit = min(longestMatch, input.count - position)
        var best = (length: 3, distance: 0)
        var candidate = Int(heads[hash(input, position)])
        for _ in 0..<depth where candidate >= 0 && position - candidate <= window {
            var length = 0
            while length < limit, input[candidate + length] == input[position + length] { length += 1 }
            if length > best.length { best = (length, position - candidate) }
            candidate = Int(earlier[candidate])
        }
        return best.distance == 0 ? (0, 0) : best
    }
}

/// Bits from the lowest of a byte to its highest; Huffman codes come with their highest bit first.
private struct BitWriter {
    var bytes: [UInt8] = []
    private var pending: UInt32 = 0
    private var count: UInt32 = 0

    private static let lengthBases: [Int] = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let distanceBases: [Int] = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145,
        8193, 12289, 16385, 24577,
    ]

    init(reserving capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    mutating func write(_ value: Int, _ length: Int) {
        pending |= UInt32(truncatingIfNeeded: value) << count
        count += UInt32(length)
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            count -= 8
        }
    }

    private mutating func write(code: Int, _ length: Int) {
        var reversed = 0
        for bit in 0..<length where code & (1 << bit) != 0 { reversed |= 1 << (length - 1 - bit) }
        write(reversed, length)
    }

    /// A byte, a length's symbol, or 256 for the end.
    mutating func write(literal symbol: Int) {
        switch symbol {
        case ..<144: write(code: 0x30 + symbol, 8)
        case ..<256: write(code: 0x190 + symbol - 144, 9)
        case ..<280: write(code: symbol - 256, 7)
        default: write(code: 0xc0 + symbol - 280, 8)
        }
    }

    mutating func write(length: Int, distance: Int) {
        let long = Self.lengthBases.lastIndex { $0 <= length } ?? 0
        write(literal: 257 + long)
        write(length - Self.lengthBases[long], long < 8 || long == 28 ? 0 : (long - 4) / 4)
        let far = Self.distanceBases.lastIndex { $0 <= distance } ?? 0
        write(code: far, 5)
        write(distance - Self.distanceBases[far], far < 4 ? 0 : (far - 2) / 2)
    }

    mutating func flush() {
        if count > 0 { write(0, Int(8 - count)) }
    }

    mutating func append(littleEndian number: UInt32) {
        for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(8 * byte))) }
    }
}
