/// Cuts a stream of bytes into messages, however they were cut into writes.
///
/// One connection may mix the forms: binary frames, JSON objects, counted messages (RFC 6587), and lines, which end with
/// a line end or, as glibc does it, a zero byte.
package struct StreamFraming: Sendable {
    package enum Step: Sendable, Hashable {
        case message(LogRecord, length: Int)
        /// Bytes that are no message.
        case skip(Int)
        case needsMore
        /// The peer speaks something else.
        case broken(String)
    }

    private enum Skipping {
        case nothing, toLineEnd, bytes(Int)
    }

    private static let maximumFrame = 1 << 20
    private var skipping = Skipping.nothing

    package init() {}

    /// The next step for the bytes that were not taken yet.
    ///
    /// - Parameter isEnd: nothing will follow, so that what is there is a message as it is.
    package mutating func next(in bytes: ArraySlice<UInt8>, isEnd: Bool) -> Step {
        guard let first = bytes.first else { return .needsMore }
        switch skipping {
        case .nothing: break
        case .bytes(let count):
            skipping = count > bytes.count ? .bytes(count - bytes.count) : .nothing
            return .skip(min(count, bytes.count))
        case .toLineEnd:
            guard let end = bytes.firstIndex(where: \.endsLine) else { return .skip(bytes.count) }
            skipping = .nothing
            return .skip(end - bytes.startIndex + 1)
        }
        switch first {
        case 0: return binary(bytes, isEnd)
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"), .space: return .skip(1)
        case UInt8(ascii: "{"): return object(bytes, isEnd)
        case UInt8(ascii: "1")...UInt8(ascii: "9"): return counted(bytes, isEnd) ?? line(bytes, isEnd)
        default: return line(bytes, isEnd)
        }
    }

    /// `int32 code, int32 length, payload`, in this machine's byte order.
    private mutating func binary(_ bytes: ArraySlice<UInt8>, _ isEnd: Bool) -> Step {
        guard bytes.count >= 8 else {
            // A zero byte may also be what ends a line.
            let canBeFrame = bytes.enumerated().allSatisfy { $0.offset > 3 || $0.element <= ($0.offset == 1 ? 1 : 0) }
            return isEnd || !canBeFrame ? .skip(1) : .needsMore
        }
        let (code, length) = (bytes.int32(at: 0), bytes.int32(at: 4))
        guard code == 0 || code == 256, length > 0 else { return .skip(1) }
        guard length <= Self.maximumFrame else { return .broken("a frame of \(length) bytes") }
        guard code == 0 else {
            // Commands of the runtime come on a socket of their own.
            skipping = .bytes(length)
            return .skip(8)
        }
        let payload = bytes.dropFirst(8)
        let limit = min(length, LogRecord.maximumLength)
        guard payload.count >= limit else { return isEnd ? .broken("half a frame") : .needsMore }
        guard var record = MessageParser.parse(binary: payload.prefix(limit)) else {
            return .broken("a frame that is not level, platform, source and text")
        }
        if length > limit {
            record.text += LogRecord.cutMark
            skipping = .bytes(length - limit)
        }
        return .message(record, length: 8 + limit)
    }

    /// One JSON object, which may have line ends in it.
    private mutating func object(_ bytes: ArraySlice<UInt8>, _ isEnd: Bool) -> Step {
        var depth = 0
        var isString = false
        var isEscaped = false
        for index in bytes.indices.prefix(LogRecord.maximumLength) {
            let byte = bytes[index]
            if isEscaped {
                isEscaped = false
            } else if isString {
                if byte == UInt8(ascii: "\\") { isEscaped = true }
                if byte == UInt8(ascii: "\"") { isString = false }
            } else if byte == UInt8(ascii: "\"") {
                isString = true
            } else if byte == UInt8(ascii: "{") {
                depth += 1
            } else if byte == UInt8(ascii: "}") {
                depth -= 1
                guard depth > 0 else {
                    let length = index - bytes.startIndex + 1
                    return .message(MessageParser.parse(bytes.prefix(length)), length: length)
                }
            } else if byte == 0 {
                return line(bytes, isEnd)
            }
        }
        // What is no object after all is a line.
        return bytes.count >= LogRecord.maximumLength || isEnd ? line(bytes, isEnd) : .needsMore
    }

    /// `<length> <message>`; nil when it is not that.
    private func counted(_ bytes: ArraySlice<UInt8>, _ isEnd: Bool) -> Step? {
        let digits = bytes.prefix(6).prefix(while: \.isDigit)
        let rest = bytes.dropFirst(digits.count)
        guard digits.count <= 5 else { return nil }
        if rest.count < 2 { return isEnd ? nil : .needsMore }
        guard rest.starts(with: [.space, UInt8(ascii: "<")]) else { return nil }
        let length = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        guard length <= LogRecord.maximumLength else { return nil }
        let message = rest.dropFirst()
        guard message.count >= length else { return isEnd ? nil : .needsMore }
        return .message(
            MessageParser.parse(message.prefix(length).trimmingEnd), length: digits.count + 1 + length)
    }

    private mutating func line(_ bytes: ArraySlice<UInt8>, _ isEnd: Bool) -> Step {
        let limit = LogRecord.maximumLength
        if let end = bytes.prefix(limit).firstIndex(where: \.endsLine) {
            return .message(MessageParser.parse(bytes[..<end]), length: end - bytes.startIndex + 1)
        }
        guard bytes.count < limit else {
            skipping = .toLineEnd
            var record = MessageParser.parse(bytes.prefix(limit))
            record.text += LogRecord.cutMark
            return .message(record, length: limit)
        }
        return isEnd ? .message(MessageParser.parse(bytes), length: bytes.count) : .needsMore
    }
}

extension UInt8 {
    fileprivate var endsLine: Bool { self == UInt8(ascii: "\n") || self == 0 }
}

extension ArraySlice<UInt8> {
    /// Four bytes in this machine's order.
    func int32(at offset: Int) -> Int {
        withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: offset, as: Int32.self)) }
    }
}
