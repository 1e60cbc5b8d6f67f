/// Help texts, made from the table of commands.
enum Help {
    /// Help about everything, a command, or a family of commands (`containers`).
    static func text(about words: [String]) throws(CommandError) -> String {
        guard let first = words.first else { return overview }
        let family = CommandSet.all.filter { $0.words[0] == first || $0.aliases.contains(first) }
        if let command = family.first(where: { $0.words == Array(words.prefix(2)) || $0.words.count == 1 }) {
            return text(command)
        }
        guard !family.isEmpty else {
            let names = CommandSet.all.map { $0.words[0] }
            throw .usage("there is no command '\(first)'" + didYouMean(first, names), command: nil)
        }
        return family.map { line(usage($0), $0.summary) }.joined()
    }

    static var overview: String {
        var text =
            "pvcontrol shows and controls a Pantavisor device.\n\nUsage: pvcontrol [OPTION...] COMMAND [ARGUMENT...]\n"
        for section in Command.Section.allCases {
            text += "\n\(section.rawValue):\n"
            for entry in entries(of: section) { text += line(entry.name, entry.summary) }
        }
        text += "\nOptions:\n" + Option.leading.map { line($0.usage, $0.about) }.joined()
        return text + "\n'pvcontrol help COMMAND' says more about one command.\n"
    }

    /// The commands of a section; a family of two-word commands is one entry.
    private static func entries(of section: Command.Section) -> [(name: String, summary: String)] {
        var entries: [(name: String, summary: String)] = []
        for command in CommandSet.all where command.section == section {
            let words = command.words
            if words.count == 1 {
                entries.append((words[0], command.summary))
            } else if !entries.contains(where: { $0.name == words[0] }) {
                let verbs = CommandSet.all.filter { $0.words.count == 2 && $0.words[0] == words[0] }.map { $0.words[1] }
                entries.append((words[0], verbs.joined(separator: ", ")))
            }
        }
        return entries
    }

    static func usage(_ command: Command) -> String {
        let options = command.options.isEmpty ? [] : ["[OPTION...]"]
        return (["pvcontrol", command.name] + options + command.arguments.map(\.usage)).joined(separator: " ")
    }

    static func text(_ command: Command) -> String {
        var text = "Usage: \(usage(command))\n\n\(capitalized(command.summary)).\n"
        if !command.aliases.isEmpty { text += "Also called: \(command.aliases.joined(separator: ", ")).\n" }
        if !command.details.isEmpty {
            text += "\n" + wrap(command.details.singleLine, width: 80).joined(separator: "\n") + "\n"
        }
        text += "\nOptions:\n" + (command.options + Option.common).map { line($0.usage, $0.about) }.joined()
        guard !command.examples.isEmpty else { return text }
        text += "\nExamples:\n"
        for example in command.examples { text += "  # \(example.about)\n  pvcontrol \(example.command)\n" }
        return text
    }

    /// Two columns within 80; a name too long gets a line of its own.
    private static func line(_ name: String, _ about: String) -> String {
        let indent = 26
        let lines = wrap(about, width: 80 - indent)
        let left = "  " + name
        let gap =
            left.displayWidth <= indent - 2
            ? String(repeating: " ", count: indent - left.displayWidth)
            : "\n" + String(repeating: " ", count: indent)
        return left + gap + lines.joined(separator: "\n" + String(repeating: " ", count: indent)) + "\n"
    }

    static func wrap(_ text: String, width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.displayWidth + 1 + String(word).displayWidth <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
