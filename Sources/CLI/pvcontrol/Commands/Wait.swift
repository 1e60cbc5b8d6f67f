import APIClient
import JSON

/// `wait`: returns when a resource is as asked for; it watches and never polls.
struct Wait: Sendable {
    /// What `--for` asks for.
    enum Goal: Sendable, Equatable {
        case condition(String, String)
        case phase(String)
        case deleted
        case jsonPath(JSONPath, text: String, value: String?)

        init(_ text: String) throws(CommandError) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (parts[0], parts.count == 2 ? parts[1] : nil) {
            case ("delete", nil): self = .deleted
            case ("phase", let phase?) where !phase.isEmpty: self = .phase(phase)
            case ("condition", let condition?) where !condition.isEmpty:
                let words = condition.split(separator: "=", maxSplits: 1).map(String.init)
                self = .condition(words[0], words.count == 2 ? words[1] : "True")
            case ("jsonpath", let expression?) where !expression.isEmpty: self = try Goal.jsonPath(expression)
            case _:
                throw .usage(
                    "'--for=\(text)': use condition=TYPE[=STATUS], phase=PHASE, jsonpath=PATH[=VALUE] or delete",
                    command: "wait")
            }
        }

        /// The value comes after the brace that closes the path, or after the last `=` when there is none.
        private static func jsonPath(_ expression: String) throws(CommandError) -> Goal {
            let cut: (path: Substring, value: Substring?)
            if let brace = expression.lastIndex(of: "}") {
                let rest = expression[expression.index(after: brace)...]
                cut = (expression[...brace], rest.first == "=" ? rest.dropFirst() : nil)
            } else if let sign = expression.lastIndex(of: "=") {
                cut = (expression[..<sign], expression[expression.index(after: sign)...])
            } else {
                cut = (expression[...], nil)
            }
            return .jsonPath(try JSONPath(String(cut.path)), text: String(cut.path), value: cut.value.map(String.init))
        }

        /// Whether a resource is as asked for; nil stands for one that is gone.
        func holds(for document: JSONValue?) -> Bool {
            guard let document else { return self == .deleted }
            switch self {
            case .deleted: return false
            case .phase(let phase):
                return document["status"]?["phase"]?.string?.lowercased() == phase.lowercased()
            case .condition(let type, let status):
                return Goal.condition(type, of: document)?["status"]?.string?.lowercased() == status.lowercased()
            case .jsonPath(let path, _, let value):
                let found = path.values(in: document)
                return value.map { value in found.contains { JSONPath.text($0) == value } } ?? !found.isEmpty
            }
        }

        fileprivate static func condition(_ type: String, of document: JSONValue) -> JSONValue? {
            document["status"]?["conditions"]?.array?.first { $0["type"]?.string?.lowercased() == type.lowercased() }
        }

        /// How things stand, for the message of a timeout.
        func standing(of document: JSONValue?) -> String {
            guard let document else { return "it does not exist" }
            switch self {
            case .deleted: return "it still exists"
            case .phase: return "its phase is \(document["status"]?["phase"]?.string ?? "unknown")"
            case .condition(let type, _):
                guard let condition = Goal.condition(type, of: document) else { return "it has no condition \(type)" }
                let words = ["reason", "message"].compactMap { condition[$0]?.string }.filter { !$0.isEmpty }
                return "\(type) is \(condition["status"]?.string ?? "Unknown")"
                    + (words.isEmpty ? "" : " (\(words.joined(separator: ": ")))")
            case .jsonPath(let path, let text, _):
                let found = path.values(in: document).map(JSONPath.text)
                return found.isEmpty ? "\(text) is not there" : "\(text) is \(found.joined(separator: " "))"
            }
        }
    }

    static func run(_ invocation: Invocation) async throws -> Int32 {
        guard let text = invocation.value("for") else { throw invocation.usageError("--for is missing") }
        let goal = try Goal(text)
        let timeout = try invocation.value("timeout").map { value throws(CommandError) in
            guard let timeout = Duration(text: value) else {
                throw invocation.usageError("'\(value)' is not a time like 30s, 5m or 1h")
            }
            return timeout
        }
        let deadline = ContinuousClock.now.advanced(by: timeout ?? .seconds(30))
        let pause = invocation.context.retryPause
        // A device that is about to start has no socket yet.
        let session = try await retrying(until: deadline, pause) { () throws(CommandError) in try Session(invocation) }
        let arguments = invocation.arguments
        let isPair = arguments.count == 2 && !arguments[0].contains("/")
        for argument in isPair ? [arguments.joined(separator: "/")] : arguments {
            let resource = try await retrying(until: deadline, pause) { () async throws(CommandError) in
                try await session.reference(argument)
            }
            try await wait(for: goal, of: resource, until: deadline, text, session, invocation)
            try invocation.console.print("\(resource.description) \(text)")
        }
        return 0
    }

    /// Tries again until the deadline while nobody answers.
    private static func retrying<Result>(
        until deadline: ContinuousClock.Instant, _ pause: Duration,
        _ body: () async throws(CommandError) -> Result
    ) async throws -> Result {
        while true {
            do throws(CommandError) {
                return try await body()
            } catch {
                guard error.mayComeBack, deadline > .now else { throw error }
            }
            if pause > .zero { try await Task.sleep(for: pause) }
        }
    }

    private static func wait(
        for goal: Goal, of resource: ResourceReference, until deadline: ContinuousClock.Instant, _ text: String,
        _ session: Session, _ invocation: Invocation
    ) async throws {
        let request = APIRequest(.get, resource.type.path())
            .query("fieldSelector", "metadata.name=\(resource.name)")
        let watcher = Watcher(
            session: session, request: request, resumes: true, pause: invocation.context.retryPause,
            deadline: deadline)
        var latest: JSONValue?
        do {
            try await watcher.run { step in
                switch step {
                case .list(let list): latest = list["items"]?.array?.first
                case .event(let type, let object): latest = type == "DELETED" ? JSONValue?.none : object
                }
                return goal.holds(for: latest) ? .stop : .goOn
            }
        } catch ClientError.timedOut {
            throw CommandError.failed(
                "timed out waiting for \(resource.description) \(text): \(goal.standing(of: latest))")
        }
    }
}

extension Duration {
    /// `500ms`, `30s`, `5m`, `1h`, `1m30s`; a bare number is seconds.
    init?(text: String) {
        var rest = text[...]
        var total = Duration.zero
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int64(digits), number < 1_000_000_000 else { return nil }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            switch unit {
            case "", "s": total += .seconds(number)
            case "ms": total += .milliseconds(number)
            case "m": total += .seconds(number * 60)
            case "h": total += .seconds(number * 3600)
            case _: return nil
            }
            rest = rest.dropFirst(digits.count + unit.count)
        }
        self = total
    }
}
