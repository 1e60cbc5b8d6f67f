extension CommandSet {
    static let resources: [Command] = [get, watch, top, describe, explain, events, wait]

    private static let oneResource = [
        Argument(name: "KIND/NAME", completion: .kinds),
        Argument(name: "NAME", isOptional: true, completion: .resources),
    ]

    private static let get = Command(
        name: "get", summary: "show resources", arguments: kindArguments,
        options: presentation + [Option("w", "watch", about: "go on showing changes until the server ends")]
            + selection,
        details: """
            KIND is a plural, a singular or a short name ('pvcontrol api-resources' lists them), several with commas
            between, or 'all'. KIND/NAME names one resource.
            """,
        examples: [
            .init(command: "get containers", about: "all containers"),
            .init(command: "get ct,grp -o wide", about: "containers and groups, all columns"),
            .init(command: "get ct/web -o yaml", about: "one container, whole"),
            .init(command: "get ct -o jsonpath='{.items[*].metadata.name}'", about: "their names, for a script"),
            .init(command: "get ct -w", about: "a table that follows every change"),
        ], section: .resources, run: Get.run)

    private static let watch = Command(
        name: "watch", summary: "show resources and every change of them, over restarts of the runtime",
        arguments: [
            Argument(name: "KIND", completion: .kinds),
            Argument(name: "NAME", isOptional: true, completion: .resources),
        ],
        options: presentation + selection,
        details: """
            As 'get -w', and also goes on when the runtime restarts: it connects again, resumes where it was, and lists
            anew when the server no longer knows that point.
            """,
        examples: [.init(command: "watch ct", about: "a live table of all containers")],
        section: .resources, run: WatchView.run)

    private static let top = Command(
        name: "top", summary: "show the whole device on the screen, live",
        options: [
            Option(nil, "interval", value: "SECONDS", about: "how often to measure what containers use (default 2)")
        ],
        details: """
            Shows rollouts, groups, containers with what they use, links and events, and draws what changed. q or Ctrl-C
            ends it, the arrows and the page keys move among the containers, Ctrl-Z puts it aside. Goes on when the
            runtime restarts. Needs a terminal.
            """,
        examples: [.init(command: "top", about: "until q")],
        section: .resources, run: Top.run)

    private static let describe = Command(
        name: "describe", summary: "say everything about resources, with what happened to them",
        arguments: kindArguments,
        examples: [
            .init(command: "describe ct/web", about: "one container"),
            .init(command: "describe groups", about: "every group"),
        ], section: .resources, run: Describe.run)

    private static let explain = Command(
        name: "explain", summary: "say why a resource is not at its goal, and what to do",
        arguments: oneResource,
        details: """
            Walks from the resource over its gate, earlier groups, volumes, exits and failures to the cause, and prints
            the way there.
            """,
        examples: [
            .init(command: "explain ct/web", about: "why does it not run?"),
            .init(command: "explain device/self", about: "what keeps the device from being ready?"),
        ], section: .resources, run: Explain.run)

    private static let events = Command(
        name: "events", summary: "show what happened, the newest last",
        arguments: [
            Argument(name: "KIND/NAME", isOptional: true, completion: .kinds),
            Argument(name: "NAME", isOptional: true, completion: .resources),
        ],
        options: [Option("w", "watch", about: "go on with what happens next")],
        examples: [
            .init(command: "events -w", about: "everything, as it happens"),
            .init(command: "events ct/web", about: "what happened to one container"),
        ], section: .resources, run: Events.run)

    private static let wait = Command(
        name: "wait", summary: "return when resources are as asked for",
        arguments: [Argument(name: "KIND/NAME", repeats: true, completion: .kinds)],
        options: [
            Option(
                nil, "for", value: "GOAL",
                about: "condition=TYPE[=STATUS], phase=PHASE, jsonpath=PATH[=VALUE] or delete",
                choices: ["condition=", "phase=", "jsonpath=", "delete"]),
            Option(nil, "timeout", value: "TIME", about: "give up after this time, as 30s, 5m or 1h (default 30s)"),
        ],
        details: "Watches, and never asks twice. A resource that does not exist yet is waited for.",
        examples: [
            .init(command: "wait device/self --for=phase=Ready --timeout=2m", about: "until the device is up"),
            .init(command: "wait ct/web --for=condition=Ready", about: "until it is at its goal"),
            .init(command: "wait ct/web --for=jsonpath='{.status.restarts}'=2", about: "until a field has a value"),
        ], section: .resources, run: Wait.run)
}
