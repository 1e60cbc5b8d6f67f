import APIClient
import JSON

extension LegacyCommand {
    static let table: [LegacyCommand] = containerTable + stepTable + commandTable + metadataTable + otherTable

    private static func get(_ path: String) -> @Sendable (Words) -> APIRequest { { _ in APIRequest(.get, path) } }

    private static func put(_ path: String, _ action: String) -> @Sendable (Words) -> APIRequest {
        { words in json(.put, "\(path)/\(segment(words[0]))", ["action": .string(action)]) }
    }

    private static func drivers(_ verb: String) -> @Sendable (Words) -> APIRequest {
        { words in APIRequest(.put, "/drivers/\(words[0].isEmpty ? "" : "\(segment(words[0]))/")\(verb)", body: []) }
    }

    private static func operation(_ name: String) -> @Sendable (Words) -> APIRequest {
        { words in json(.post, "/commands", ["op": .string(name), "payload": .string(words[0])]) }
    }

    private static func json(_ method: APIRequest.Method, _ path: String, _ body: JSONValue) -> APIRequest {
        APIRequest(method, path, accept: "*/*", contentType: "application/json", body: body.compactBytes())
    }

    /// A part of a path as upstream sends it: as it is, but for what cannot stand in a request line.
    static func segment(_ text: String) -> String {
        text.map { character in
            let isPlain =
                character.isASCII && !character.isWhitespace && character > " " && !"?#\"\u{7F}".contains(character)
            return isPlain ? String(character) : APIRequest.encode(String(character))
        }.joined()
    }

    private static let name = [Argument(name: "NAME", completion: .containers)]
    private static let revision = [Argument(name: "REVISION")]

    private static let containerTable = [
        LegacyCommand(name: "ls", aliases: ["list"], summary: "containers, as JSON", request: get("/containers")),
        LegacyCommand(
            name: "containers ls", aliases: ["containers list"], summary: "containers, as JSON",
            request: get("/containers")),
        LegacyCommand(
            name: "containers start", summary: "start a stopped container", arguments: name,
            request: put("/containers", "start")),
        LegacyCommand(
            name: "containers stop", summary: "stop a container until it is started again", arguments: name,
            request: put("/containers", "stop")),
        LegacyCommand(
            name: "containers restart", summary: "stop and start a container", arguments: name,
            request: put("/containers", "restart")),
        LegacyCommand(name: "groups ls", summary: "groups, as JSON", request: get("/groups")),
        LegacyCommand(
            name: "signal", summary: "tell Pantavisor how the calling container is",
            arguments: [Argument(name: "ready|alive", completion: .words, choices: ["ready", "alive"])]
        ) { words in
            json(.post, "/signal", ["type": .string(words[0]), "payload": ""])
        },
    ]

    private static let stepTable = [
        LegacyCommand(
            name: "steps ls", aliases: ["steps list"], summary: "revisions on the device, as JSON",
            request: get("/steps")),
        LegacyCommand(name: "steps get", summary: "state of a revision, as JSON", arguments: revision) { words in
            APIRequest(.get, "/steps/\(segment(words[0]))")
        },
        LegacyCommand(
            name: "steps show-progress", summary: "how far a revision came, as JSON", arguments: revision
        ) { words in
            APIRequest(.get, "/steps/\(segment(words[0]))/progress")
        },
        LegacyCommand(
            name: "objects ls", aliases: ["objects list"], summary: "objects, as JSON", request: get("/objects")),
    ]

    private static let commandTable: [LegacyCommand] = [
        ("run", "LOCAL_RUN", "run an installed revision", revision),
        ("run-commit", "LOCAL_RUN_COMMIT", "run an installed revision and make it the rollback point", revision),
        ("reboot", "REBOOT_DEVICE", "reboot the device", [Argument(name: "MESSAGE", isOptional: true)]),
        ("poweroff", "POWEROFF_DEVICE", "switch the device off", [Argument(name: "MESSAGE", isOptional: true)]),
        (
            "make-factory", "MAKE_FACTORY", "make a revision the factory revision",
            [Argument(name: "REVISION", isOptional: true)]
        ),
        ("run-gc", "RUN_GC", "collect what no revision needs", []),
        ("enable-ssh", "ENABLE_SSH", "start the SSH server until the next reboot", []),
        ("disable-ssh", "DISABLE_SSH", "stop the SSH server until the next reboot", []),
        ("go-remote", "GO_REMOTE", "let the hub decide again", []),
        ("unclaim", "UNCLAIM", "forget the hub's claim", []),
        ("defer-reboot", "DEFER_REBOOT", "put a pending reboot off", [Argument(name: "SECONDS")]),
    ].map { name, operation, summary, arguments in
        LegacyCommand(
            name: "cmd \(name)", aliases: ["command \(name)", "commands \(name)"], summary: summary,
            arguments: arguments, request: Self.operation(operation))
    }

    private static let metadataTable: [LegacyCommand] = [("devmeta", "device"), ("usrmeta", "user")].flatMap {
        command, owner in
        [
            LegacyCommand(
                name: "\(command) ls", aliases: ["\(command) list"], summary: "\(owner) metadata, as JSON",
                request: get("/\(owner)-meta")),
            LegacyCommand(
                name: "\(command) save", summary: "set a key of the \(owner) metadata",
                arguments: [Argument(name: "KEY"), Argument(name: "VALUE", isOptional: true)]
            ) { words in
                APIRequest(
                    .put, "/\(owner)-meta/\(APIRequest.encode(words[0]))", accept: "*/*",
                    contentType: "application/x-www-form-urlencoded", body: Array(words[1].utf8))
            },
            LegacyCommand(
                name: "\(command) delete", summary: "remove a key of the \(owner) metadata",
                arguments: [Argument(name: "KEY")]
            ) { words in
                APIRequest(.delete, "/\(owner)-meta/\(APIRequest.encode(words[0]))")
            },
        ]
    }

    private static let otherTable = [
        LegacyCommand(name: "buildinfo", summary: "how Pantavisor was built", request: get("/buildinfo")),
        LegacyCommand(
            name: "conf ls", aliases: ["conf list", "configuration ls", "configuration list"],
            summary: "configuration, as JSON", request: get("/config2")),
        LegacyCommand(
            name: "config ls", aliases: ["config list"], summary: "configuration by its old names, as JSON",
            request: get("/config")),
        LegacyCommand(
            name: "graph ls", aliases: ["graph list"], summary: "links between containers, as JSON",
            request: get("/xconnect-graph")),
        LegacyCommand(
            name: "drivers ls", aliases: ["drivers list"],
            summary: "kernel modules that the calling container asks for, as JSON", request: get("/drivers")),
        LegacyCommand(
            name: "drivers load", summary: "load a driver, or all that the calling container asks for",
            arguments: [Argument(name: "NAME", isOptional: true)], request: drivers("load")),
        LegacyCommand(
            name: "drivers unload", summary: "unload a driver, or all that the calling container asks for",
            arguments: [Argument(name: "NAME", isOptional: true)], request: drivers("unload")),
        LegacyCommand(
            name: "wakelocks ls", aliases: ["wakelocks list"], summary: "what keeps the machine awake, as JSON",
            request: get("/wakelocks")),
        LegacyCommand(
            name: "daemons ls", aliases: ["daemons list"], summary: "daemons, as JSON", request: get("/daemons")),
        LegacyCommand(
            name: "daemons start", summary: "start a daemon", arguments: [Argument(name: "NAME")],
            request: put("/daemons", "start")),
        LegacyCommand(
            name: "daemons stop", summary: "stop a daemon", arguments: [Argument(name: "NAME")],
            request: put("/daemons", "stop")),
        LegacyCommand(name: "storage gc", summary: "collect what no revision needs") { _ in
            APIRequest(.post, "/storage/gc")
        },
    ]
}
