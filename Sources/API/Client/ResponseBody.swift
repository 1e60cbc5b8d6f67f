import NIOCore
import NIOHTTP1

/// The body of an answer while it arrives, with back-pressure: nothing is read that was not asked for.
package struct ResponseBody {
    private var parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    private let endpoint: Endpoint
    private var splitter = LineSplitter()
    private var isAtEnd = false

    init(_ parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator, from endpoint: Endpoint) {
        self.parts = parts
        self.endpoint = endpoint
    }

    /// The next piece as it came, or nil at the end.
    package mutating func next() async throws(ClientError) -> [UInt8]? {
        guard !isAtEnd else { return nil }
        do {
            while let part = try await parts.next() {
                switch part {
                case .head: continue
                case .body(let bytes): return Array(bytes.readableBytesView)
                case .end:
                    isAtEnd = true
                    return nil
                }
            }
        } catch {
            throw ClientError(error, at: endpoint)
        }
        throw .closed(endpoint)
    }

    /// The next line without its newline, or nil at the end.
    ///
    /// What comes after the last newline is a line too.
    package mutating func nextLine() async throws(ClientError) -> [UInt8]? {
        while true {
            if let line = splitter.next() { return line }
            guard let bytes = try await next() else { return splitter.rest() }
            splitter.append(bytes)
        }
    }
}

/// Cuts a stream of bytes at its newlines.
package struct LineSplitter: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0
    /// Everything before it was searched already.
    private var searched = 0

    package init() {}

    package mutating func append(_ more: [UInt8]) {
        if start > 0 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        bytes += more
    }

    package mutating func next() -> [UInt8]? {
        guard let newline = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = bytes.count
            return nil
        }
        defer {
            start = newline + 1
            searched = start
        }
        return Array(bytes[start..<newline])
    }

    /// What came after the last newline, once.
    package mutating func rest() -> [UInt8]? {
        defer { self = LineSplitter() }
        return start < bytes.count ? Array(bytes[start...]) : nil
    }
}
