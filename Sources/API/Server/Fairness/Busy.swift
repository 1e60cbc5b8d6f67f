/// Refusals of a caller that has too much under way already; the same may be asked again a moment later.
enum Busy {
    static func bytes(_ head: Request.Head) -> Response {
        response(head, "this caller holds too many bytes of requests and answers")
    }

    static func streams(_ head: Request.Head) -> Response {
        response(head, "this caller has too many uploads, logs and commands under way already")
    }

    private static func response(_ head: Request.Head, _ text: String) -> Response {
        let isKube = ResourcePath.isKube(head.target.path)
        var response =
            isKube
            ? KubeStatus(.tooManyRequests, "\(text); try again").response
            : UpstreamText.error(.unavailable, "\(text). Try again")
        response.extraHeaders = [Response.Header(name: "Retry-After", value: "1")]
        return response
    }
}
