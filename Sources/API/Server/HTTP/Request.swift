import Model

/// A request whose body has arrived whole.
struct Request: Sendable {
    var head: Head
    var body: [UInt8] = []

    var target: Target { head.target }

    /// What is known before the body.
    struct Head: Sendable {
        var method: String
        var target: Target
        var accept = ""
        var contentType = ""
        var userAgent = ""
        /// Bytes of the body; nil when the client does not say.
        var contentLength: Int?
        var isChunked = false
        /// The protocol the client wants to change to, in lower case.
        var upgrade = ""
        var webSocket: WebSocketOffer?
        var caller: Caller
    }
}

extension Request.Head {
    /// The media type of the body, without its parameters, in lower case.
    var mediaType: String {
        let type = contentType.prefix { $0 != ";" }
        return String(type.filter { $0 != " " }).lowercased()
    }

    /// Whether a list or resource is wanted as a table, as kubectl asks for it.
    var wantsTable: Bool { accept.holds("as=Table") }
}
