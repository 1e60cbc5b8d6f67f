import APIClient
import Glibc
import JSON

/// A command's conversation with the server.
struct Session: Sendable {
    let client: APIClient
    let console: Console
    let isVerbose: Bool

    static let tableAccept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

    init(_ invocation: Invocation) throws(CommandError) {
        let path = try Session.socket(invocation.value("socket"), environment: invocation.context.environment)
        client = APIClient(.unix(path: path))
        console = invocation.console
        isVerbose = invocation.has("verbose")
    }

    /// Where upstream's tool looks (`spec/pv-ctrl-api.md` §7); an explicit path overrides.
    static func socket(_ explicit: String?, environment: Environment) throws(CommandError) -> String {
        let wellKnown = ["/run/pantavisor/pv/pv-ctrl", "/pv/pv-ctrl"].first(where: isSocket)
        let path = explicit ?? wellKnown ?? environment.nonEmpty("SOCKET") ?? "/pantavisor/pv-ctrl"
        guard isSocket(path) else { throw .connection(.notFound(.unix(path: path))) }
        return path
    }

    private static func isSocket(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// Sends and returns whatever the server answers.
    func send(_ request: APIRequest, upload: Upload? = nil) async throws(CommandError) -> APIResponse {
        do {
            var client = client
            // As upstream's tool: four hours for what may be large.
            if upload != nil { client.responseTimeout = .seconds(14_400) }
            let response = try await client.send(request, upload: upload)
            trace(request, response.status)
            return response
        } catch {
            throw .connection(error)
        }
    }

    /// Sends and returns the JSON of a success; anything else is thrown.
    func json(_ request: APIRequest) async throws(CommandError) -> JSONValue {
        let response = try await send(request)
        guard response.isSuccess else { throw Session.error(response) }
        return try Session.parse(response.body)
    }

    func get(_ path: String) async throws(CommandError) -> JSONValue { try await json(APIRequest(.get, path)) }

    func trace(_ request: APIRequest, _ status: Int) {
        guard isVerbose else { return }
        console.complain("\(request.method.rawValue) \(request.path) -> \(status)")
    }

    static func parse(_ body: [UInt8]) throws(CommandError) -> JSONValue {
        do {
            return try JSONValue(parsing: body)
        } catch {
            throw .failed("the server's answer is not JSON: \(error)")
        }
    }

    /// What an answer with an error status says: a Kubernetes Status, upstream's `{"Error":…}`, or plain text.
    static func error(_ response: APIResponse) -> CommandError {
        // Losing the error is right: a body that is no JSON is shown as it is.
        let document = try? response.json()
        if let document, document["kind"]?.string == "Status" { return error(status: document) }
        let message = document?["Error"]?.string ?? String(response.text.prefix(400))
        let text = message.isEmpty ? "the server answered \(response.status)" : message
        return .server(message: text, reason: nil, code: response.status)
    }

    static func error(status document: JSONValue) -> CommandError {
        .server(
            message: document["message"]?.string ?? "the server refused without a message",
            reason: document["reason"]?.string, code: Int(document["code"]?.integer ?? 0))
    }
}
