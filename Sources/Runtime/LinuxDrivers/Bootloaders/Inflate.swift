import Drivers

/// Decompresses a gzip file (RFC 1952) piece by piece.
///
/// It keeps 32 KiB of what came out, as the format refers back no farther.
struct Inflate: ~Copyable {
    private let name: String
    private let input: () throws(DriverError) -> [UInt8]
    private var piece: [UInt8] = []
    private var position = 0
    private var bits: UInt32 = 0
    private var bitCount = 0
    private var output: [UInt8] = []
    private var sum = CRC32()
    private var total: UInt32 = 0

    private static let window = 32_768
    private static let batch = 1 << 18

    /// - Parameters:
    ///   - name: what errors call the file.
    ///   - input: gives its next bytes; none at its end.
    init(_ name: String, _ input: @escaping () throws(DriverError) -> [UInt8]) {
        self.name = name
        self.input = input
    }

    /// Decompresses all of it.
    mutating func run(_ sink: ([UInt8]) throws(DriverError) -> Void) throws(DriverError) {
        try readHeader()
        var isLast = false
        while !isLast {
            isLast = try take(1) == 1
            switch try take(2) {
            case 0: try copyStored(sink)
            case 1: try decode(Huffman.fixedLiterals, Huffman.fixedDistances, sink)
            case 2:
                let (literals, distances) = try readTrees()
                try decode(literals, distances, sink)
            default: throw failure("it is damaged")
            }
        }
        try flush(sink, keeping: 0)
        alignToByte()
        guard try takeLong() == sum.value, try takeLong() == total else { throw failure("it is damaged") }
    }

    private func failure(_ reason: String) -> DriverError {
        DriverError("Decompress", name, "\(reason); upload it again")
    }

    // MARK: - Input

    private mutating func byte() throws(DriverError) -> UInt8 {
        if position == piece.count {
            piece = try input()
            position = 0
            guard !piece.isEmpty else { throw failure("it ends early") }
        }
        defer { position += 1 }
        return piece[position]
    }

    private mutating func take(_ count: Int) throws(DriverError) -> Int {
        while bitCount < count {
            bits |= UInt32(try byte()) << UInt32(bitCount)
            bitCount += 8
        }
        defer {
            bits >>= UInt32(count)
            bitCount -= count
        }
        return Int(bits & (1 << UInt32(count) - 1))
    }

    private mutating func alignToByte() {
        bits >>= UInt32(bitCount % 8)
        bitCount -= bitCount % 8
    }

    private mutating func takeLong() throws(DriverError) -> UInt32 {
        let low = try take(16)
        return UInt32(low) | UInt32(try take(16)) << 16
    }

    private mutating func readHeader() throws(DriverError) {
        guard try byte() == 0x1F, try byte() == 0x8B, try byte() == 8 else {
            throw failure("it is not compressed with gzip")
        }
        let flags = try byte()
        for _ in 0..<6 { _ = try byte() }
        if flags & 4 != 0 {
            let length = Int(try byte()) | Int(try byte()) << 8
            for _ in 0..<length { _ = try byte() }
        }
        // A name and a comment end with a NUL.
        if flags & 8 != 0 { while try byte() != 0 {} }
        if flags & 16 != 0 { while try byte() != 0 {} }
        if flags & 2 != 0 { for _ in 0..<2 { _ = try byte() } }
    }

    // MARK: - Output

    private mutating func emit(_ byte: UInt8, _ sink: ([UInt8]) throws(DriverError) -> Void) throws(DriverError) {
        output.append(byte)
        if output.count == Self.window + Self.batch { try flush(sink, keeping: Self.window) }
    }

    /// Hands out what was decompressed since the last time.
    private mutating func flush(_ sink: ([UInt8]) throws(DriverError) -> Void, keeping kept: Int) throws(DriverError) {
        let fresh = Array(output[handedOut...])
        sum.update(fresh)
        total &+= UInt32(truncatingIfNeeded: fresh.count)
        if !fresh.isEmpty { try sink(fresh) }
        output.removeFirst(max(0, output.count - kept))
        handedOut = output.count
    }

    /// How much of `output` is only kept to be referred to.
    private var handedOut = 0

    private mutating func copyStored(_ sink: ([UInt8]) throws(DriverError) -> Void) throws(DriverError) {
        alignToByte()
        let length = try take(16)
        guard try take(16) == length ^ 0xFFFF else { throw failure("it is damaged") }
        for _ in 0..<length { try emit(UInt8(try take(8)), sink) }
    }

    // MARK: - Codes

    private mutating func symbol(_ tree: Huffman) throws(DriverError) -> Int {
        var (code, first, index) = (0, 0, 0)
        for length in 1...Huffman.maximumLength {
            code |= try take(1)
            let count = tree.counts[length]
            if code - count < first { return tree.symbols[index + code - first] }
            index += count
            first = (first + count) << 1
            code <<= 1
        }
        throw failure("it is damaged")
    }

    private mutating func decode(
        _ literals: Huffman, _ distances: Huffman, _ sink: ([UInt8]) throws(DriverError) -> Void
    ) throws(DriverError) {
        while true {
            let symbol = try symbol(literals)
            if symbol < 256 {
                try emit(UInt8(symbol), sink)
                continue
            }
            if symbol == 256 { return }
            guard symbol - 257 < Huffman.lengths.count else { throw failure("it is damaged") }
            let (base, extra) = Huffman.lengths[symbol - 257]
            let length = base + (try take(extra))
            let place = try self.symbol(distances)
            guard place < Huffman.distances.count else { throw failure("it is damaged") }
            let (farBase, farExtra) = Huffman.distances[place]
            let distance = farBase + (try take(farExtra))
            guard distance <= output.count else { throw failure("it is damaged") }
            for _ in 0..<length { try emit(output[output.count - distance], sink) }
        }
    }

    private mutating func readTrees() throws(DriverError) -> (Huffman, Huffman) {
        let (literals, distances) = (257 + (try take(5)), 1 + (try take(5)))
        var codeLengths = [Int](repeating: 0, count: 19)
        for place in Huffman.order.prefix(4 + (try take(4))) { codeLengths[place] = try take(3) }
        guard let tree = Huffman(codeLengths) else { throw failure("it is damaged") }
        var lengths: [Int] = []
        while lengths.count < literals + distances {
            switch try symbol(tree) {
            case let length where length < 16: lengths.append(length)
            case 16:
                guard let last = lengths.last else { throw failure("it is damaged") }
                lengths += Array(repeating: last, count: 3 + (try take(2)))
            case 17: lengths += Array(repeating: 0, count: 3 + (try take(3)))
            default: lengths += Array(repeating: 0, count: 11 + (try take(7)))
            }
        }
        guard lengths.count == literals + distances, let first = Huffman(Array(lengths[..<literals])),
            let second = Huffman(Array(lengths[literals...]))
        else { throw failure("it is damaged") }
        return (first, second)
    }
}
