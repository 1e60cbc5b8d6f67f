import APIClient
import JSON
import Model

/// `rollout`: how a move to a revision stands, what was moved to before, and the way back.
enum Rollouts {
    private static let type = ResourceType(Rollout.self)

    /// Prints each step of an attempt until it is over: 0 when the device has moved, 1 when not.
    static func status(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        guard let name = try await name(invocation, session) else {
            throw CommandError.failed("there is no rollout; 'pvcontrol rollout history' lists revisions")
        }
        let request = APIRequest(.get, type.path()).query("fieldSelector", "metadata.name=\(name)")
        var deadline: ContinuousClock.Instant?
        if let text = invocation.value("timeout") {
            guard let limit = Duration(text: text) else {
                throw invocation.usageError("--timeout needs a time, as 30s or 5m")
            }
            deadline = .now + limit
        }
        var last = ""
        var code: Int32?
        let watcher = Watcher(
            session: session, request: request, resumes: true, pause: invocation.context.retryPause,
            deadline: deadline)
        try await watcher.run { step in
            let rollouts: [JSONValue] =
                switch step {
                case .list(let list): JSONValue.items(of: list)
                case .event("DELETED", _): []
                case .event(_, let object): [object]
                }
            guard let rollout = rollouts.first else {
                throw CommandError.failed(
                    "there is no rollout \(name)\(last.isEmpty ? "" : " any more"); 'pvcontrol get rollouts' lists them"
                )
            }
            guard let status = rollout["status"] else { return .goOn }
            let line = text(name, status)
            if line != last { try invocation.console.print(line) }
            last = line
            code = result(status)
            return code == nil ? .goOn : .stop
        }
        return code ?? 1
    }

    private static func text(_ name: String, _ status: JSONValue) -> String {
        let progress = status["progress"]
        let words = [
            progress?["phase"]?.string ?? status["step"]?.string ?? "", status["target"]?.string ?? "",
            progress?["message"]?.string ?? "",
        ]
        return (["rollout/\(name)"] + words.filter { !$0.isEmpty }).joined(separator: " ")
    }

    /// Nil while it is under way.
    private static func result(_ status: JSONValue) -> Int32? {
        guard status["step"]?.string == Rollout.Step.finished.rawValue else { return nil }
        let outcome = status["outcome"]?.string.flatMap { Rollout.Outcome(rawValue: $0) }
        return outcome == .committed || outcome == .updated ? 0 : 1
    }

    /// The one that is named, or the youngest.
    private static func name(_ invocation: Invocation, _ session: Session) async throws(CommandError) -> String? {
        if let name = invocation.arguments.first { return name.split(separator: "/").last.map(String.init) }
        let all = JSONValue.items(of: try await session.get(type.path()))
        func age(_ rollout: JSONValue) -> (String, UInt64) {
            let metadata = rollout["metadata"]
            return (
                metadata?["creationTimestamp"]?.string ?? "",
                metadata?["resourceVersion"]?.string.flatMap { UInt64($0) } ?? 0
            )
        }
        return all.max { age($0) < age($1) }?["metadata"]?["name"]?.string
    }

    /// The revisions of the device, the newest last, with what became of them.
    static func history(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        let steps = try await session.get("/steps").array ?? []
        let device = try await session.get(ResourceType(Device.self).path(Device.selfName))["status"]
        let rows = steps.sorted { ($0["date"]?.string ?? "") < ($1["date"]?.string ?? "") }.map { step in
            let name = step["name"]?.string ?? ""
            let marks = [("currentRevision", "current"), ("rollbackRevision", "rollback"), ("tryRevision", "try")]
                .filter { device?[$0.0]?.string == name }.map(\.1)
            return [
                name, step["progress"]?["status"]?.string ?? "", marks.joined(separator: ","),
                step["date"]?.string ?? "",
                step["commitmsg"]?.string.flatMap { $0.isEmpty ? nil : $0 }
                    ?? step["progress"]?["status-msg"]?.string ?? "",
            ]
        }
        let table = TextTable(header: ["REVISION", "STATUS", "IS", "CHANGED", "MESSAGE"], rows: rows)
        for line in table.lines() { try invocation.console.print(line) }
        return 0
    }

    /// Goes back to the revision that a reboot would come back to, or to another one.
    static func undo(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        var spec: JSONObject = ["action": .string(Rollout.Action.rollback.rawValue)]
        if let revision = invocation.value("to-revision") {
            spec = ["action": .string(Rollout.Action.run.rawValue), "revision": .string(revision)]
        }
        let document: JSONValue = [
            "apiVersion": .string(type.apiVersion), "kind": .string(type.kind),
            "metadata": ["generateName": "undo-"], "spec": .object(spec),
        ]
        let response = try await session.send(
            APIRequest(.post, type.path(), contentType: "application/json", body: document.compactBytes()))
        guard response.isSuccess else { throw Session.error(response) }
        let name = try Session.parse(response.body)["metadata"]?["name"]?.string ?? ""
        try invocation.console.print("rollout/\(name) created")
        return 0
    }
}
