/// The words of upstream's control socket, byte for byte: `pvcontrol` compares them (`spec/pv-ctrl-api.md` §1, §7).
enum UpstreamText {
    /// - Parameter details: what there is to say beyond upstream's words, a list beside them.
    static func error(
        _ status: HTTPStatus, _ text: String, details: [String] = [], headers: [Response.Header] = []
    ) -> Response {
        var json = JSONText()
        json.raw("{\"Error\":")
        json.string(text)
        if !details.isEmpty {
            json.raw(",\"Details\":")
            json.array(details.prefix(detailLimit)) { $0.string($1) }
        }
        json.raw("}")
        var response = Response(status, body: json.bytes)
        response.extraHeaders = headers
        return response
    }

    private static let detailLimit = 100

    /// It could not be done now; the client may ask again after some seconds.
    static func tryAgain(_ text: String, after seconds: Int) -> Response {
        error(.unavailable, text, headers: [Response.Header(name: "Retry-After", value: String(seconds))])
    }

    /// Upstream puts a space here, and only here.
    static func protocolError(_ problem: HTTPProblem) -> Response {
        var json = JSONText()
        json.raw("{\"Error\": ")
        json.string(problem.text)
        json.raw("}")
        return Response(problem.status, body: json.bytes)
    }

    static func unknownEndpoint(_ uri: String) -> Response { error(.badRequest, "unknown endpoint: \(uri)") }

    static let wrongMethod = error(.badRequest, "Method not supported for this endpoint")
    static let wrongHost = error(.badRequest, "Host must be localhost")
    static let badTarget = error(.badRequest, "Request target has bad format")
    static let noSpace = error(.insufficientStorage, "Not enough disk space available")
    static let notLoaded = error(.internalError, "State not loaded yet")
    static let noResource = error(.notFound, "Resource does not exist")
    static let success = Response()
}
