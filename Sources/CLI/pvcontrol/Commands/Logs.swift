import APIClient
import Model

/// `logs`: what a container wrote.
enum Logs {
    static func run(_ invocation: Invocation) async throws -> Int32 {
        if let tail = invocation.value("tail"), Int(tail).map({ $0 < 0 }) ?? true {
            throw invocation.usageError("--tail takes a number of lines")
        }
        let source = invocation.value("source") ?? "console"
        let session = try Session(invocation)
        let name = String(invocation.arguments[0].split(separator: "/").last ?? "")
        let request = APIRequest(.get, ResourceType(Container.self).path(name) + "/log", accept: "*/*")
            .query("source", source == "console" ? nil : source)
            .query("tailLines", invocation.value("tail"))
            .query("follow", invocation.has("follow") ? "true" : nil)
        return try await session.client.stream(request) { head, body in
            session.trace(request, head.status)
            guard head.isSuccess else { throw try await Session.error(head, &body) }
            while let piece = try await body.next() { try invocation.console.write(piece) }
            return 0
        }
    }
}

extension Session {
    /// The error that an answer's body tells.
    static func error(_ head: APIResponseHead, _ body: inout ResponseBody) async throws -> CommandError {
        var bytes: [UInt8] = []
        while let piece = try await body.next() { bytes += piece }
        return error(APIResponse(status: head.status, contentType: head.contentType, body: bytes))
    }
}
