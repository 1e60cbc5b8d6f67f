/// The name of a log file that is not written any more: `<file>.<n>.gz`, or `<file>.<n>` until it is packed.
package struct RotatedName: Sendable, Hashable {
    package var file: String
    package var number: Int
    package var isPacked: Bool

    package init(file: String, number: Int, isPacked: Bool) {
        self.file = file
        self.number = number
        self.isPacked = isPacked
    }

    /// Nil for any other name.
    package init?(_ name: String) {
        isPacked = name.hasSuffix(".gz")
        let whole = name.utf8.dropLast(isPacked ? 3 : 0)
        guard let dot = whole.lastIndex(of: UInt8(ascii: ".")), dot != whole.startIndex else { return nil }
        let digits = whole[whole.index(after: dot)...]
        guard (1...9).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }),
            let number = Int(String(decoding: digits, as: UTF8.self))
        else { return nil }
        self.number = number
        file = String(decoding: whole[..<dot], as: UTF8.self)
    }

    package var name: String { "\(file).\(number)" + (isPacked ? ".gz" : "") }

    /// The number for the next file to be packed: older ones keep theirs.
    package static func next(for file: String, among names: some Sequence<String>) -> Int {
        let numbers = names.compactMap { RotatedName($0) }.filter { $0.file == file && $0.isPacked }.map(\.number)
        return (numbers.max() ?? 0) + 1
    }
}
