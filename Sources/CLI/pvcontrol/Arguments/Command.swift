/// One subcommand: everything the parser, the help, the completion and the reference need to know of it.
struct Command: Sendable {
    /// One word, or two for upstream's (`containers start`).
    let name: String
    var aliases: [String] = []
    let summary: String
    var arguments: [Argument] = []
    var options: [Option] = []
    var details = ""
    var examples: [Example] = []
    let section: Section
    let run: @Sendable (Invocation) async throws -> Int32

    var words: [String] { name.split(separator: " ").map(String.init) }

    func option(named name: String) -> Option? {
        (options + Option.common).first { $0.long == name || $0.short.map(String.init) == name }
    }

    enum Section: String, Sendable, CaseIterable {
        case resources = "Resources"
        case containers = "Inside containers"
        case tools = "Tools"
        case upstream = "As upstream's pvcontrol"
    }

    struct Example: Sendable {
        let command: String
        let about: String
    }
}

/// What stands after a command, in order.
struct Argument: Sendable {
    let name: String
    var isOptional = false
    var repeats = false
    var completion = Completion.nothing

    /// What a shell offers for it.
    enum Completion: String, Sendable { case nothing, kinds, resources, containers, files, words }
    /// For `words`.
    var choices: [String] = []

    var usage: String {
        let text = name + (repeats ? "..." : "")
        return isOptional ? "[\(text)]" : text
    }
}

/// One option.
///
/// Options with a value take it as the next word, after `=`, or right after a short name.
struct Option: Sendable {
    let short: Character?
    let long: String?
    /// What stands for the value in the help; nil for a flag.
    let value: String?
    let about: String
    var choices: [String] = []
    var repeats = false

    init(
        _ short: Character? = nil, _ long: String? = nil, value: String? = nil, about: String,
        choices: [String] = [], repeats: Bool = false
    ) {
        self.short = short
        self.long = long
        self.value = value
        self.about = about
        self.choices = choices
        self.repeats = repeats
    }

    /// The name its value is kept under.
    var key: String { long ?? short.map(String.init) ?? "" }

    var usage: String {
        let names = [short.map { "-\($0)" }, long.map { "--\($0)" }].compactMap(\.self).joined(separator: ", ")
        return value.map { "\(names) \($0)" } ?? names
    }

    /// Understood before and after every command.
    static let common = [
        Option("s", "socket", value: "PATH", about: "control socket to use instead of searching for it"),
        Option("v", "verbose", about: "print each request and the status of its answer on standard error"),
        Option("h", "help", about: "print help and exit"),
    ]

    /// Understood before the command only, as upstream does.
    static let leading =
        common + [
            Option("f", "output-file", value: "PATH", about: "write the output to a file"),
            Option("m", "message", value: "TEXT", about: "commit message, for steps put"),
            Option(nil, "version", about: "print the version and exit"),
        ]
}
