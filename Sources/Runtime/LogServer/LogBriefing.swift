package import JSON

/// What the runtime tells the log server, in a file on tmpfs: the log server goes by the last one while there is no
/// runtime.
package struct LogBriefing: Sendable, Hashable {
    package struct Container: Sendable, Hashable {
        package var name: String
        /// Its init, and when that started (device uptime in ms): together they name one run.
        package var pid: Int
        package var startedAt: Int64
        /// Files inside it to follow, beside those of syslog daemons.
        package var logs: [String]

        package init(name: String, pid: Int, startedAt: Int64, logs: [String]) {
            self.name = name
            self.pid = pid
            self.startedAt = startedAt
            self.logs = logs
        }

        /// Where syslog daemons write.
        private static let common = ["/var/log/syslog", "/var/log/messages"]
        private static let maximumFiles = 16

        package var followedFiles: [String] {
            var paths: [String] = []
            for path in Self.common + logs where !paths.contains(path) { paths.append(path) }
            return Array(paths.prefix(Self.maximumFiles))
        }
    }

    /// An update that is being tried, or was the last one.
    package struct Attempt: Sendable, Hashable {
        package var revision: String
        /// Its errors are complete now: `.pv/logs.tmp` becomes `.pv/logs`.
        package var isOver: Bool

        package init(revision: String, isOver: Bool) {
            self.revision = revision
            self.isOver = isOver
        }
    }

    package var revision: String
    package var attempt: Attempt?
    package var containers: [Container]

    package init(revision: String, attempt: Attempt? = nil, containers: [Container] = []) {
        self.revision = revision
        self.attempt = attempt
        self.containers = containers
    }

    package var document: JSONValue {
        var members: JSONObject = ["revision": .string(revision)]
        if let attempt {
            members["attempt"] = ["revision": .string(attempt.revision), "isOver": .bool(attempt.isOver)]
        }
        members["containers"] = .array(
            containers.map { container in
                [
                    "name": .string(container.name), "pid": .integer(Int64(container.pid)),
                    "startedAt": .integer(container.startedAt),
                    "logs": .array(container.logs.map { .string($0) }),
                ]
            })
        return .object(members)
    }

    /// Nil when it is no briefing.
    package init?(_ document: JSONValue) {
        guard let revision = document["revision"]?.string, Self.isPathSafe(revision) else { return nil }
        self.revision = revision
        if let name = document["attempt"]?["revision"]?.string, Self.isPathSafe(name) {
            attempt = Attempt(revision: name, isOver: document["attempt"]?["isOver"] == .bool(true))
        }
        containers = (document["containers"]?.array ?? []).compactMap { container in
            guard let name = container["name"]?.string, let pid = container["pid"]?.integer,
                let startedAt = container["startedAt"]?.integer, Self.isPathSafe(name), !name.utf8.contains(47)
            else { return nil }
            let logs = (container["logs"]?.array ?? []).compactMap(\.string)
            return Container(name: name, pid: Int(pid), startedAt: startedAt, logs: logs)
        }
    }

    private static func isPathSafe(_ name: String) -> Bool {
        !name.isEmpty && !name.utf8.contains(0)
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !["", ".", ".."].contains($0)
            }
    }
}
