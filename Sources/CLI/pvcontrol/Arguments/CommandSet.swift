/// Every command there is, in the order the help lists them.
enum CommandSet {
    static let all: [Command] =
        resources + writing + rollouts + containers + tools + LegacyCommand.table.map(\.command) + transfers

    static let kindArguments = [
        Argument(name: "KIND", completion: .kinds),
        Argument(name: "NAME", isOptional: true, repeats: true, completion: .resources),
    ]

    static let selection = [
        Option("l", "selector", value: "LABELS", about: "only what carries these labels, as in app=web"),
        Option(nil, "field-selector", value: "FIELDS", about: "only what has these fields, as in metadata.name=web"),
    ]

    static let presentation = [
        OutputFormat.option,
        Option(nil, "sort-by", value: "JSONPATH", about: "sort by a field, as in .status.restarts"),
        Option(nil, "no-headers", about: "leave the line of column names out"),
    ]
}
