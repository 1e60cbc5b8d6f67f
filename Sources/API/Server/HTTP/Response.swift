import NIOCore

/// A whole answer.
struct Response: Sendable, Equatable {
    var status: HTTPStatus
    var contentType: String
    var body: [UInt8]
    var extraHeaders: [Header] = []

    struct Header: Sendable, Equatable {
        let name: String
        let value: String
    }

    static let json = "application/json"
    static let plainText = "text/plain"

    init(_ status: HTTPStatus = .ok, contentType: String = Response.json, body: [UInt8] = []) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    init(_ status: HTTPStatus = .ok, contentType: String = Response.json, text: String) {
        self.init(status, contentType: contentType, body: Array(text.utf8))
    }
}

extension Response {
    /// The bytes on the wire.
    func write(into buffer: inout ByteBuffer, closing: Bool) {
        buffer.writeStatusLine(status)
        if status != .noContent {
            buffer.writeHeader("Content-Type", contentType)
            buffer.writeHeader("Content-Length", String(body.count))
        }
        for header in extraHeaders { buffer.writeHeader(header.name, header.value) }
        if closing { buffer.writeHeader("Connection", "close") }
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(body)
    }
}

extension ByteBuffer {
    mutating func writeStatusLine(_ status: HTTPStatus) {
        if status == .ok {
            writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            writeString("HTTP/1.1 \(status.code) \(status.phrase)\r\n")
        }
    }

    mutating func writeHeader(_ name: String, _ value: String) {
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
    }
}
