/// Follows a chunked body far enough to know where it ends.
struct ChunkScanner: Equatable {
    private enum State: Equatable {
        case size(digits: Int)
        /// after the size, up to the end of its line
        case sizeLine
        case data
        case dataEnd
        /// a trailer line; `isEmpty` while nothing but a CR was seen
        case trailer(isEmpty: Bool)
    }

    private var state = State.size(digits: 0)
    private var remaining = 0
    private var overhead = 0

    /// Longest chunk extensions and trailers taken.
    private static let overheadLimit = 4096

    /// How many of the bytes belong to this body, and whether it is complete.
    mutating func scan(_ bytes: some Collection<UInt8>) throws(HTTPProblem) -> (count: Int, isEnd: Bool) {
        var index = bytes.startIndex
        var count = 0
        while index < bytes.endIndex {
            if state == .data {
                let step = min(remaining, bytes.distance(from: index, to: bytes.endIndex))
                index = bytes.index(index, offsetBy: step)
                count += step
                remaining -= step
                if remaining == 0 { state = .dataEnd }
                continue
            }
            let byte = bytes[index]
            index = bytes.index(after: index)
            count += 1
            if try take(byte) { return (count, true) }
        }
        return (count, false)
    }

    /// One byte that is no data; true when it ended the body.
    private mutating func take(_ byte: UInt8) throws(HTTPProblem) -> Bool {
        switch state {
        case .size(let digits):
            guard let digit = byte.hexDigit else {
                guard digits > 0 else { throw .malformed("chunk size") }
                state = .sizeLine
                return try take(byte)
            }
            guard digits < 12 else { throw .malformed("chunk size") }
            remaining = remaining * 16 + digit
            state = .size(digits: digits + 1)
        case .sizeLine:
            try countOverhead()
            guard byte == UInt8(ascii: "\n") else { return false }
            state = remaining == 0 ? .trailer(isEmpty: true) : .data
            overhead = 0
        case .data:
            throw .malformed("chunk")
        case .dataEnd:
            if byte == UInt8(ascii: "\r") { return false }
            guard byte == UInt8(ascii: "\n") else { throw .malformed("chunk end") }
            state = .size(digits: 0)
        case .trailer(let isEmpty):
            try countOverhead()
            if byte == UInt8(ascii: "\n") {
                if isEmpty { return true }
                state = .trailer(isEmpty: true)
            } else if byte != UInt8(ascii: "\r") {
                state = .trailer(isEmpty: false)
            }
        }
        return false
    }

    private mutating func countOverhead() throws(HTTPProblem) {
        overhead += 1
        guard overhead <= ChunkScanner.overheadLimit else { throw .malformed("chunk extensions") }
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit.
    var hexDigit: Int? {
        switch self {
        case 48...57: Int(self) - 48
        case 65...70: Int(self) - 55
        case 97...102: Int(self) - 87
        default: nil
        }
    }
}
