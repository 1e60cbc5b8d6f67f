/// A status line's code and reason phrase.
struct HTTPStatus: Sendable, Hashable {
    let code: Int
    let phrase: String

    private init(_ code: Int, _ phrase: String) {
        self.code = code
        self.phrase = phrase
    }

    static let ok = HTTPStatus(200, "OK")
    static let created = HTTPStatus(201, "Created")
    static let noContent = HTTPStatus(204, "No Content")
    static let badRequest = HTTPStatus(400, "Bad Request")
    static let forbidden = HTTPStatus(403, "Forbidden")
    static let notFound = HTTPStatus(404, "Not Found")
    static let methodNotAllowed = HTTPStatus(405, "Method Not Allowed")
    static let requestTimeout = HTTPStatus(408, "Request Timeout")
    static let conflict = HTTPStatus(409, "Conflict")
    static let gone = HTTPStatus(410, "Gone")
    static let contentTooLarge = HTTPStatus(413, "Content Too Large")
    static let uriTooLong = HTTPStatus(414, "URI Too Long")
    static let unsupportedMediaType = HTTPStatus(415, "Unsupported Media Type")
    static let unprocessable = HTTPStatus(422, "Unprocessable Content")
    static let tooManyRequests = HTTPStatus(429, "Too Many Requests")
    static let headersTooLarge = HTTPStatus(431, "Request Header Fields Too Large")
    static let internalError = HTTPStatus(500, "Internal Server Error")
    static let unavailable = HTTPStatus(503, "Service Unavailable")
    static let gatewayTimeout = HTTPStatus(504, "Gateway Timeout")
    static let insufficientStorage = HTTPStatus(507, "Insufficient Storage")
}
