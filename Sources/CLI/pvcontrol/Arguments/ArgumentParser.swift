/// Reads a command line by the table of commands.
struct ArgumentParser: Sendable {
    let commands: [Command]

    /// What a command line asks for.
    enum Result: Sendable {
        case run(Command, options: [String: [String]], arguments: [String], trailing: [String])
        case help(about: [String])
        case version
    }

    func parse(_ words: [String]) throws(CommandError) -> Result {
        var words = words[...]
        var options: [String: [String]] = [:]
        while let word = words.first, word.hasPrefix("-"), word != "-" {
            try takeOption(from: &words, known: Option.leading, command: nil, into: &options)
        }
        if options["version"] != nil { return .version }
        if options["help"] != nil { return .help(about: Array(words)) }
        guard !words.isEmpty else { return .help(about: []) }
        let command = try takeCommand(from: &words, isHelpWanted: words.contains { $0 == "--help" || $0 == "-h" })
        guard let command else { return .help(about: Array(words.prefix(1))) }
        return try parse(command, words, options)
    }

    private func parse(
        _ command: Command, _ words: ArraySlice<String>, _ options: [String: [String]]
    ) throws(CommandError) -> Result {
        var words = words
        var options = options
        var arguments: [String] = []
        var trailing: [String] = []
        while let word = words.first {
            if word == "--" {
                trailing = Array(words.dropFirst())
                break
            }
            if word.hasPrefix("-"), word != "-", Int(word) == nil {
                let known = command.options + Option.common
                try takeOption(from: &words, known: known, command: command, into: &options)
            } else {
                arguments.append(word)
                words = words.dropFirst()
            }
        }
        if options["help"] != nil { return .help(about: command.words) }
        try check(arguments, of: command)
        return .run(command, options: options, arguments: arguments, trailing: trailing)
    }

    /// Takes the one or two words of a command; nil when help about a first word is wanted.
    private func takeCommand(
        from words: inout ArraySlice<String>, isHelpWanted: Bool
    ) throws(CommandError) -> Command? {
        let first = words.first ?? ""
        let second = words.dropFirst().first
        for command in commands {
            let names = [command.words] + command.aliases.map { $0.split(separator: " ").map(String.init) }
            if let match = names.first(where: { words.starts(with: $0) }) {
                words = words.dropFirst(match.count)
                return command
            }
        }
        let family = commands.filter { $0.words.count == 2 && $0.words[0] == first }
        guard !family.isEmpty else { throw unknownCommand(first) }
        if isHelpWanted { return nil }
        let verbs = family.map { $0.words[1] }
        guard let second else {
            throw .usage("'\(first)' needs one of: \(verbs.joined(separator: ", "))", command: first)
        }
        throw .usage("unknown: '\(first) \(second)'" + didYouMean(second, verbs), command: first)
    }

    private func unknownCommand(_ word: String) -> CommandError {
        .usage("unknown command '\(word)'" + didYouMean(word, commands.map { $0.words[0] } + ["help"]), command: nil)
    }

    private func takeOption(
        from words: inout ArraySlice<String>, known: [Option], command: Command?,
        into options: inout [String: [String]]
    ) throws(CommandError) {
        let word = words.removeFirst()
        if word.hasPrefix("--") {
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = known.first(where: { $0.long == name }) else {
                let names = known.compactMap { $0.long.map { "--" + $0 } }
                throw .usage("unknown option '\(word)'" + didYouMean("--" + name, names), command: command?.name)
            }
            let value = parts.count == 2 ? String(parts[1]) : nil
            try store(option, value, spelled: "--\(name)", command, &words, &options)
        } else {
            try takeShort(word.dropFirst(), known, command, &words, &options)
        }
    }

    /// `-w`, `-wo json`, `-ojson`, `-o=json`, `-o json`.
    private func takeShort(
        _ letters: Substring, _ known: [Option], _ command: Command?, _ words: inout ArraySlice<String>,
        _ options: inout [String: [String]]
    ) throws(CommandError) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = known.first(where: { $0.short == letter }) else {
                throw .usage("unknown option '-\(letter)'", command: command?.name)
            }
            guard option.value != nil, !letters.isEmpty else {
                try store(option, nil, spelled: "-\(letter)", command, &words, &options)
                continue
            }
            let value = letters.first == "=" ? letters.dropFirst() : letters
            try store(option, String(value), spelled: "-\(letter)", command, &words, &options)
            return
        }
    }

    private func store(
        _ option: Option, _ attached: String?, spelled name: String, _ command: Command?,
        _ words: inout ArraySlice<String>, _ options: inout [String: [String]]
    ) throws(CommandError) {
        guard let placeholder = option.value else {
            guard attached == nil else { throw .usage("\(name) takes no value", command: command?.name) }
            options[option.key] = ["true"]
            return
        }
        guard let value = attached ?? words.popFirst() else {
            throw .usage("\(name) needs a value: \(name) \(placeholder)", command: command?.name)
        }
        options[option.key, default: []].append(value)
    }

    private func check(_ arguments: [String], of command: Command) throws(CommandError) {
        let needed = command.arguments.filter { !$0.isOptional }
        guard arguments.count >= needed.count else {
            throw .usage("'\(command.name)' needs \(needed[arguments.count].name)", command: command.name)
        }
        let takesMore = command.arguments.contains(where: \.repeats)
        guard takesMore || arguments.count <= command.arguments.count else {
            let extra = arguments[command.arguments.count]
            throw .usage("'\(command.name)' does not take '\(extra)'", command: command.name)
        }
    }
}
