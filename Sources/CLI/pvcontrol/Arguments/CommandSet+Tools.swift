extension CommandSet {
    static let containers: [Command] = [logs, exec]
    static let tools: [Command] = [plan, proxy, resourceList, version, completion, help]

    private static let logs = Command(
        name: "logs", summary: "print what a container wrote",
        arguments: [Argument(name: "NAME", completion: .containers)],
        options: [
            Option("f", "follow", about: "go on with what it writes next"),
            Option(nil, "tail", value: "LINES", about: "only the last lines"),
            Option(
                nil, "source", value: "SOURCE",
                about: "console (default), lxc for what LXC says about it, or the name of another log of it"),
        ],
        examples: [
            .init(command: "logs web -f", about: "follow its console"),
            .init(command: "logs web --source lxc --tail 20", about: "why did it not start?"),
            .init(command: "logs web --source nginx", about: "what its nginx logs by syslog"),
        ], section: .containers, run: Logs.run)

    private static let exec = Command(
        name: "exec", summary: "run a command inside a container",
        arguments: [
            Argument(name: "NAME", completion: .containers),
            Argument(name: "COMMAND", isOptional: true, repeats: true),
        ],
        details: """
            Put -- before a command with options. Input is passed on; on a terminal the command gets one too. Ends with
            the exit code of the command.
            """,
        examples: [
            .init(command: "exec web -- ps -ef", about: "one command"),
            .init(command: "exec web -- sh", about: "a shell"),
        ], section: .containers, run: Exec.run)

    private static let plan = Command(
        name: "plan", summary: "show what moving to a revision would do, without touching anything",
        arguments: [Argument(name: "FILE|REVISION", completion: .files)],
        options: [Option("o", "output", value: "FORMAT", about: "json for programs", choices: ["json"])],
        details: """
            FILE is a state document, a checkout, or - for standard input. Exit code 0 when nothing would change, 2 when
            something would, 1 when the revision cannot be used.
            """,
        examples: [
            .init(command: "plan locals/two", about: "a revision of the device"),
            .init(command: "plan checkout/", about: "one that is not uploaded yet"),
        ], section: .tools, run: Plan.run)

    private static let proxy = Command(
        name: "proxy", summary: "serve the control socket on a loopback TCP port, for kubectl and browsers",
        options: [
            Option("p", "port", value: "PORT", about: "port to listen on, 0 for any free one (default 8001)"),
            Option(nil, "address", value: "ADDRESS", about: "loopback address to listen on (default 127.0.0.1)"),
        ],
        details: """
            Everybody on this host who can connect to the port can do what you can do: stop it when you are done. Other
            addresses than loopback ones are refused.
            """,
        examples: [.init(command: "proxy --port 8001", about: "then: kubectl -s http://127.0.0.1:8001 get containers")],
        section: .tools, run: Proxy.run)

    private static let resourceList = Command(
        name: "api-resources", summary: "list the kinds the server has",
        options: [Option(nil, "no-headers", about: "leave the line of column names out")],
        section: .tools, run: Information.resources)

    private static let version = Command(
        name: "version", summary: "print the version of this tool and of the server",
        section: .tools, run: Information.version)

    private static let completion = Command(
        name: "completion", summary: "print a completion script for a shell",
        arguments: [
            Argument(name: "bash|zsh|fish", completion: .words, choices: ["bash", "zsh", "fish"])
        ],
        examples: [.init(command: "completion bash >/etc/bash_completion.d/pvcontrol", about: "for every user")],
        section: .tools, run: CompletionScript.run)

    private static let help = Command(
        name: "help", summary: "print help",
        arguments: [Argument(name: "COMMAND", isOptional: true, repeats: true)],
        options: [Option(nil, "markdown", about: "the whole reference as Markdown")],
        section: .tools, run: Information.help)
}
