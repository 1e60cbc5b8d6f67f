import APIClient
import JSON

/// Follows a list: first what is there, then each change, over lost connections and expired versions.
struct Watcher: Sendable {
    enum Step: Sendable, Equatable {
        /// Everything there is now; replaces what was known.
        case list(JSONValue)
        case event(type: String, object: JSONValue)
    }

    /// What to do after a step.
    enum Verdict: Sendable { case goOn, stop }

    let session: Session
    /// The request that lists; the watch is the same with `watch=true`.
    let request: APIRequest
    /// Whether to go on when the server ends the stream, loses us or forgot our version.
    var resumes: Bool
    var pause: Duration
    /// When to give up.
    var deadline: ContinuousClock.Instant?

    /// Told whenever changes begin to come, and whenever they do not any more.
    var connected: @Sendable (_ isConnected: Bool) -> Void = { _ in }

    /// Why a stream of changes ended.
    private enum End { case stopped, ended, expired }

    /// Throws `ClientError.timedOut` at the deadline.
    func run(_ handle: (Step) async throws -> Verdict) async throws {
        var version: String?
        while true {
            do {
                if version == nil {
                    let list = try await session.json(request)
                    version = list["metadata"]?["resourceVersion"]?.string ?? "0"
                    if try await handle(.list(list)) == .stop { return }
                }
                switch try await follow(&version, handle) {
                case .stopped: return
                case .expired: version = nil
                case .ended: if !resumes { return }
                }
            } catch let error as ClientError where resumes && error.mayComeBack {
                session.trace(request, 0)
            } catch CommandError.connection(let error) where resumes && error.mayComeBack {
                session.trace(request, 0)
            }
            connected(false)
            try checkDeadline()
            if pause > .zero { try await Task.sleep(for: pause) }
        }
    }

    private func checkDeadline() throws(ClientError) {
        guard let deadline, deadline <= .now else { return }
        throw .timedOut(session.client.endpoint, doing: "watching")
    }

    private func follow(_ version: inout String?, _ handle: (Step) async throws -> Verdict) async throws -> End {
        let watch = request.query("watch", "true").query("allowWatchBookmarks", "true")
            .query("resourceVersion", version)
        var latest = version
        defer { version = latest }
        let limit = deadline.map { max(.milliseconds(1), ContinuousClock.now.duration(to: $0)) }
        return try await session.client.stream(watch, limit: limit) { head, body in
            session.trace(watch, head.status)
            guard head.isSuccess else { return try await refusal(head, &body) }
            connected(true)
            while let line = try await body.nextLine() {
                if line.isEmpty { continue }
                let event = try Session.parse(line)
                let type = event["type"]?.string ?? ""
                let object = event["object"] ?? .null
                if type == "ERROR" { return try Watcher.end(status: object) }
                latest = Watcher.version(of: object) ?? latest
                if type == "BOOKMARK" { continue }
                if try await handle(.event(type: type, object: object)) == .stop { return .stopped }
            }
            return .ended
        }
    }

    private func refusal(_ head: APIResponseHead, _ body: inout ResponseBody) async throws -> End {
        var bytes: [UInt8] = []
        while let piece = try await body.next() { bytes += piece }
        if head.status == 410 { return .expired }
        throw Session.error(APIResponse(status: head.status, contentType: head.contentType, body: bytes))
    }

    /// A version the server no longer remembers means: list again.
    private static func end(status: JSONValue) throws(CommandError) -> End {
        if status["code"]?.integer == 410 { return .expired }
        throw Session.error(status: status)
    }

    /// The version of a resource, or of the first row of a table that has none itself.
    private static func version(of object: JSONValue) -> String? {
        object["metadata"]?["resourceVersion"]?.string
            ?? object["rows"]?.array?.first?["object"]?["metadata"]?["resourceVersion"]?.string
    }
}
