/// An amount of room (PV_LOG_DIR_MAXSIZE): bytes, or a share of the partition.
package enum ByteSize: Sendable, Hashable {
    case bytes(Int)
    case percent(Int)
    /// 10 % of the partition; all of it when it is memory.
    case automatic

    /// A number, with `B`, `K`, `KB`, … `TB`, or `%` behind it; 0 = automatic.
    package init?(text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number >= 0 else { return nil }
        let unit = text.dropFirst(digits.count).uppercased()
        if unit == "%" {
            guard (1...100).contains(number) else { return nil }
            self = .percent(number)
            return
        }
        let letters = ["", "K", "M", "G", "T"]
        let bare = unit.hasSuffix("B") ? String(unit.dropLast()) : unit
        guard let power = letters.firstIndex(of: bare) else { return nil }
        var bytes = number
        for _ in 0..<power {
            let (product, isTooLarge) = bytes.multipliedReportingOverflow(by: 1024)
            guard !isTooLarge else { return nil }
            bytes = product
        }
        self = bytes == 0 ? .automatic : .bytes(bytes)
    }

    package func bytes(ofPartition size: Int, isMemory: Bool) -> Int {
        switch self {
        case .bytes(let bytes): bytes
        case .percent(let percent): size / 100 * percent
        case .automatic: isMemory ? size : size / 10
        }
    }
}
