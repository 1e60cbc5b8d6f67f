/// Every command there is, in the order the help lists them.
enum CommandSet {
    static let all: [Command] = resources + containers + tools + LegacyCommand.table.map(\.command)

    private static let kindArguments = [
        Argument(name: "KIND", completion: .kinds),
        Argument(name: "NAME", isOptional: true, repeats: true, completion: .resources),
    ]

    private static let selection = [
        Option("l", "selector", value: "LABELS", about: "only what carries these labels, as in app=web"),
        Option(nil, "field-selector", value: "FIELDS", about: "only what has these fields, as in metadata.name=web"),
    ]

    private static let presentation = [
        OutputFormat.option,
        Option(nil, "sort-by", value: "JSONPATH", about: "sort by a field, as in .status.restarts"),
        Option(nil, "no-headers", about: "leave the line of column names out"),
    ]

    private static let resources: [Command] = [
        Command(
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
            ], section: .resources, run: Get.run),
        Command(
            name: "watch", summary: "show resources and every change of them",
            arguments: [
                Argument(name: "KIND", completion: .kinds),
                Argument(name: "NAME", isOptional: true, completion: .resources),
            ],
            options: presentation + selection,
            details: """
                As 'get -w', and also goes on when the runtime restarts: it reconnects, resumes where it was, and lists
                anew when the server no longer knows that point.
                """,
            examples: [.init(command: "watch ct", about: "a live table of all containers")],
            section: .resources, run: WatchView.run),
    ]

    private static let containers: [Command] = []

    private static let tools: [Command] = [
        Command(
            name: "api-resources", summary: "list the kinds the server has", options: [presentation[2]],
            section: .tools, run: Information.resources),
        Command(
            name: "version", summary: "print the version of this tool and of the server",
            section: .tools, run: Information.version),
        Command(
            name: "help", summary: "print help",
            arguments: [Argument(name: "COMMAND", isOptional: true, repeats: true)],
            options: [Option(nil, "markdown", about: "the whole reference as Markdown")],
            section: .tools, run: Information.help),
    ]
}
