/// A prefix code, from the length of each symbol's code.
struct Huffman {
    static let maximumLength = 15

    /// How many codes there are of each length.
    let counts: [Int]
    /// In the order of their codes.
    let symbols: [Int]

    /// nil when more codes are named than there are.
    init?(_ lengths: [Int]) {
        var counts = [Int](repeating: 0, count: Huffman.maximumLength + 1)
        for length in lengths { counts[length] += 1 }
        counts[0] = 0
        var left = 1
        for length in 1...Huffman.maximumLength {
            left = left << 1 - counts[length]
            guard left >= 0 else { return nil }
        }
        var offsets = [Int](repeating: 0, count: Huffman.maximumLength + 2)
        for length in 1...Huffman.maximumLength { offsets[length + 1] = offsets[length] + counts[length] }
        var symbols = [Int](repeating: 0, count: lengths.count)
        for (symbol, length) in lengths.enumerated() where length != 0 {
            symbols[offsets[length]] = symbol
            offsets[length] += 1
        }
        self.counts = counts
        self.symbols = symbols
    }

    private init(valid lengths: [Int]) {
        self = Huffman(lengths) ?? Huffman(counts: [], symbols: [])
    }

    private init(counts: [Int], symbols: [Int]) {
        self.counts = counts
        self.symbols = symbols
    }

    static let fixedLiterals = Huffman(
        valid: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
    static let fixedDistances = Huffman(valid: Array(repeating: 5, count: 30))

    /// The order in which the lengths of the code of lengths are given.
    static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    /// The lengths of a repetition: the smallest, and how many bits are added to it.
    static let lengths: [(base: Int, extra: Int)] = {
        var result = (0..<8).map { (base: 3 + $0, extra: 0) }
        for extra in 1...5 {
            for step in 0..<4 { result.append((base: 3 + (4 + step) << extra, extra: extra)) }
        }
        return result + [(base: 258, extra: 0)]
    }()

    /// How far back it lies, likewise.
    static let distances: [(base: Int, extra: Int)] = {
        var result = (0..<4).map { (base: 1 + $0, extra: 0) }
        for extra in 1...13 {
            for step in 0..<2 { result.append((base: 1 + (2 + step) << extra, extra: extra)) }
        }
        return result
    }()
}
