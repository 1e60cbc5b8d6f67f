/// The words of upstream's control socket, byte for byte: `pvcontrol` compares them (`spec/pv-ctrl-api.md` §1, §7).
enum UpstreamText {
    static func error(_ status: HTTPStatus, _ text: String) -> Response {
        var json = JSONText()
        json.raw("{\"Error\":")
        json.string(text)
        json.raw("}")
        return Response(status, body: json.bytes)
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
