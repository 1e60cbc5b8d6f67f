package import JSON
import NIOHTTP1

/// One request.
///
/// `path` starts with a slash and is already percent-encoded.
package struct APIRequest: Sendable, Equatable {
    package enum Method: String, Sendable {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
        case patch = "PATCH"
    }

    package var method: Method
    package var path: String
    package var accept: String
    package var contentType: String?
    /// nil sends neither a body nor a Content-Length, as curl does without `--data`.
    package var body: [UInt8]?
    /// Further headers, as they are sent.
    package var headers: [(name: String, value: String)] = []

    package init(
        _ method: Method = .get, _ path: String, accept: String = "application/json", contentType: String? = nil,
        body: [UInt8]? = nil
    ) {
        self.method = method
        self.path = path
        self.accept = accept
        self.contentType = contentType
        self.body = body
    }

    /// Adds a query member, percent-encoded.
    package func query(_ name: String, _ value: String?) -> APIRequest {
        guard let value else { return self }
        var copy = self
        copy.path += path.contains("?") ? "&" : "?"
        copy.path += "\(name)=\(APIRequest.encode(value))"
        return copy
    }

    /// Percent-encodes everything but RFC 3986's unreserved characters.
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func == (left: APIRequest, right: APIRequest) -> Bool {
        left.method == right.method && left.path == right.path && left.accept == right.accept
            && left.contentType == right.contentType && left.body == right.body
            && left.headers.elementsEqual(right.headers) { $0 == $1 }
    }

    /// The head as it goes over the wire.
    ///
    /// Upstream's server refuses any Host but `localhost`.
    func head(uploading length: Int? = nil) -> HTTPRequestHead {
        var fields = HTTPHeaders([("Host", "localhost"), ("Accept", accept), ("User-Agent", "pvcontrol")])
        if let contentType { fields.add(name: "Content-Type", value: contentType) }
        if let length = length ?? body?.count { fields.add(name: "Content-Length", value: String(length)) }
        for (name, value) in headers { fields.add(name: name, value: value) }
        return HTTPRequestHead(version: .http1_1, method: .init(rawValue: method.rawValue), uri: path, headers: fields)
    }
}

/// A whole answer.
package struct APIResponse: Sendable, Equatable {
    package var status: Int
    package var contentType: String
    package var body: [UInt8]

    package init(status: Int, contentType: String = "application/json", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package var isSuccess: Bool { (200..<300).contains(status) }
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON.
    package func json() throws(ManifestError) -> JSONValue { try JSONValue(parsing: body) }
}
