extension Help {
    /// The whole reference, as `docs/pvcontrol.md` holds it.
    static var markdown: String {
        var text = """
            # pvcontrol

            Shows and controls a Pantavisor device through its control socket. This file is written by
            `pvcontrol help --markdown`; do not edit it.

            ```
            pvcontrol [OPTION...] COMMAND [ARGUMENT...]
            ```

            ## The socket

            `-s PATH` names it. Otherwise the first that exists of `/run/pantavisor/pv/pv-ctrl`, `/pv/pv-ctrl` is taken,
            else `$SOCKET`, else `/pantavisor/pv-ctrl`, where containers find it.

            ## Output

            Tables have at most the terminal's width; colours and live tables appear on a terminal only, and
            `NO_COLOR` turns the colours off. In a pipe every command writes plain lines.

            ## Exit codes

            | code | meaning |
            |---|---|
            | 0 | done |
            | 1 | the server refused, or what was waited for did not come |
            | 2 | the command line is wrong |
            | 48, 60, 70, 75, 255 | upstream's commands only: no space, bad checksum, bad state, busy, anything else |

            `exec` ends with the exit code of the command it ran.

            ## Options before the command


            """
        text += table(Option.leading)
        for section in Command.Section.allCases {
            text += "\n## \(section.rawValue)\n"
            for command in CommandSet.all where command.section == section { text += markdown(command) }
        }
        return text
    }

    private static func markdown(_ command: Command) -> String {
        var text = "\n### \(command.name)\n\n\(capitalized(command.summary)).\n\n```\n\(usage(command))\n```\n"
        if !command.aliases.isEmpty {
            text += "\nAlso called: \(command.aliases.map { "`\($0)`" }.joined(separator: ", ")).\n"
        }
        if !command.details.isEmpty { text += "\n\(command.details)\n" }
        if !command.options.isEmpty { text += "\n" + table(command.options) }
        guard !command.examples.isEmpty else { return text }
        text += "\n```\n"
        for example in command.examples { text += "# \(example.about)\npvcontrol \(example.command)\n" }
        return text + "```\n"
    }

    private static func table(_ options: [Option]) -> String {
        "| option | |\n|---|---|\n"
            + options.map { "| `\($0.usage)` | \($0.about.replacingPipes) |\n" }.joined()
    }
}

extension String {
    /// A pipe would end a cell.
    fileprivate var replacingPipes: String { map { $0 == "|" ? "\\|" : String($0) }.joined() }
}
