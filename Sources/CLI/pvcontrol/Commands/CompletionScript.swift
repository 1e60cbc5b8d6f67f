import JSON

/// `completion`: scripts for shells, and the hidden command that they call.
enum CompletionScript {
    /// The word that makes pvcontrol offer completions instead of running.
    static let hook = "__complete"

    static let scripts = [
        "bash": """
        # bash completion for pvcontrol; use: source <(pvcontrol completion bash)
        _pvcontrol() {
            local IFS=$'\\n'
            COMPREPLY=($("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
        }
        complete -o default -F _pvcontrol pvcontrol

        """,
        "zsh": """
        #compdef pvcontrol
        # zsh completion for pvcontrol; use: source <(pvcontrol completion zsh)
        _pvcontrol() {
            local -a offers
            offers=("${(@f)$("$words[1]" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
            compadd -- $offers
        }
        compdef _pvcontrol pvcontrol

        """,
        "fish": """
        # fish completion for pvcontrol; use: pvcontrol completion fish | source
        complete -c pvcontrol -f -a '(pvcontrol __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'

        """,
    ]

    static func run(_ invocation: Invocation) async throws -> Int32 {
        guard let script = scripts[invocation.arguments[0]] else {
            throw invocation.usageError("there are scripts for \(scripts.keys.sorted().joined(separator: ", "))")
        }
        try invocation.console.print(script, terminator: "")
        return 0
    }

    /// Prints one offer on each line; whatever goes wrong, a shell wants silence.
    static func complete(_ words: [String], _ context: Context) async throws -> Int32 {
        switch Completion(commands: CommandSet.all).offer(for: words) {
        case .nothing: break
        case .words(let words): for word in words { try context.console.print(word) }
        case .names(let kind, let prefix):
            let current = words.last ?? ""
            for name in await names(of: kind, words, context) where (prefix + name).hasPrefix(current) {
                try context.console.print(prefix + name)
            }
        }
        return 0
    }

    private static func names(of kind: String, _ words: [String], _ context: Context) async -> [String] {
        var options: [String: [String]] = [:]
        if let flag = words.firstIndex(where: { $0 == "-s" || $0 == "--socket" }), flag + 1 < words.count {
            options["socket"] = [words[flag + 1]]
        }
        let command = CommandSet.all[0]
        let invocation = Invocation(command: command, options: options, arguments: [], trailing: [], context: context)
        do {
            let session = try Session(invocation)
            let list = try await session.get(try await session.type(named: kind).path())
            return (list["items"]?.array ?? []).compactMap { $0["metadata"]?["name"]?.string }
        } catch {
            return []
        }
    }
}
