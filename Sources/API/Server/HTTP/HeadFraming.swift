import NIOCore

/// Where a request's body ends, and its head in the one form the parser gets to see.
///
/// The parser behind it refuses `Transfer-Encoding: identity`, which `pvcontrol objects put` sends beside a
/// Content-Length (`spec/pv-ctrl-api.md` §7), so that line is taken out. Heads that two readers could understand
/// differently are refused here, and line ends become CRLF.
struct HeadFraming: Equatable {
    enum Body: Equatable {
        case none
        case length(Int)
        case chunked
    }

    private(set) var body = Body.none
    private(set) var head: ByteBuffer

    /// `bytes` is a whole head with its empty line.
    init(_ bytes: ByteBuffer, limits: ServerLimits) throws(HTTPProblem) {
        var text = bytes
        head = bytes
        var rebuilt = ByteBuffer()
        var fields = Fields()
        var mustRebuild = false
        var isRequestLine = true
        while let line = text.readLine() {
            mustRebuild = mustRebuild || !line.endsWithCRLF
            if line.content.readableBytes == 0 {
                guard isRequestLine else { break }
                mustRebuild = true
                continue
            }
            if isRequestLine {
                guard line.content.readableBytes <= limits.requestLine else { throw .requestLineTooLong }
                guard line.content.readableBytesView.isHTTP1RequestLine else { throw .malformed("request line") }
                isRequestLine = false
            } else if try fields.read(line.content.readableBytesView) == .drop {
                mustRebuild = true
                continue
            }
            rebuilt.writeImmutableBuffer(line.content)
            rebuilt.writeStaticString("\r\n")
        }
        guard !isRequestLine else { throw .malformed("no request line") }
        body = try fields.body()
        if mustRebuild {
            rebuilt.writeStaticString("\r\n")
            head = rebuilt
        }
    }
}

/// The two header fields that say where a body ends.
private struct Fields {
    enum Verdict { case keep, drop }

    private var length: Int?
    private var isChunked = false
    private var hasEncoding = false

    mutating func read(_ line: ByteBufferView) throws(HTTPProblem) -> Verdict {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            !line[line.startIndex].isBlank
        else { throw .malformed("header line") }
        let name = line[..<colon]
        let value = line[(colon + 1)...].trimmed
        if name.equalsLowercased("content-length") {
            guard length == nil, let number = Int(digits: value) else { throw .malformed("Content-Length") }
            length = number
        } else if name.equalsLowercased("transfer-encoding") {
            guard !hasEncoding else { throw .malformed("Transfer-Encoding") }
            hasEncoding = true
            if value.equalsLowercased("identity") { return .drop }
            guard value.equalsLowercased("chunked") else { throw .malformed("Transfer-Encoding") }
            isChunked = true
        }
        return .keep
    }

    func body() throws(HTTPProblem) -> HeadFraming.Body {
        guard isChunked else { return length.map { $0 == 0 ? .none : .length($0) } ?? .none }
        guard length == nil else { throw .malformed("Content-Length with chunks") }
        return .chunked
    }
}

extension ByteBuffer {
    /// The next line without its end; nil when none is complete.
    fileprivate mutating func readLine() -> (content: ByteBuffer, endsWithCRLF: Bool)? {
        let view = readableBytesView
        guard let newline = view.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let length = newline - view.startIndex
        guard var content = readSlice(length: length) else { return nil }
        moveReaderIndex(forwardBy: 1)
        guard length > 0, view[newline - 1] == UInt8(ascii: "\r") else { return (content, false) }
        content.moveWriterIndex(to: content.writerIndex - 1)
        return (content, true)
    }
}

extension ByteBufferView {
    /// The parser behind pauses for other versions, and says nothing.
    fileprivate var isHTTP1RequestLine: Bool {
        suffix(9).elementsEqual(" HTTP/1.1".utf8) || suffix(9).elementsEqual(" HTTP/1.0".utf8)
    }

    fileprivate var trimmed: ByteBufferView {
        var part = self
        while let first = part.first, first.isBlank { part = part.dropFirst() }
        while let last = part.last, last.isBlank { part = part.dropLast() }
        return part
    }

    fileprivate func equalsLowercased(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            zip(self, expected).allSatisfy { byte, wanted in
                byte == wanted || (byte >= 65 && byte <= 90 && byte | 0x20 == wanted)
            }
        }
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

extension Int {
    /// A Content-Length: digits only, and small enough to count with.
    fileprivate init?(digits: ByteBufferView) {
        guard !digits.isEmpty, digits.count <= 18, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        self = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }
}
