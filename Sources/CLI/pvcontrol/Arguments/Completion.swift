/// What a shell may offer for a command line that is being typed.
struct Completion: Sendable {
    /// What to offer; names of resources have to be asked for.
    enum Offer: Sendable, Equatable {
        case words([String])
        /// Names of this kind, each after `prefix`.
        case names(kind: String, prefix: String)
        /// Files, which shells know themselves.
        case nothing
    }

    let commands: [Command]

    /// `words` are those after the program's name; the last is the one that is being typed and may be empty.
    func offer(for words: [String]) -> Offer {
        let current = words.last ?? ""
        var before = Array(words.dropLast())
        var path: [String] = []
        var arguments: [String] = []
        var known = Option.leading
        var command: Command?
        var pending: Option?
        while !before.isEmpty {
            let word = before.removeFirst()
            if pending != nil {
                pending = nil
            } else if word.hasPrefix("-") {
                pending = option(word, known)
            } else if command != nil {
                arguments.append(word)
            } else {
                path.append(word)
                command = commands.first { $0.words == path || $0.aliases.contains(path.joined(separator: " ")) }
                if let command { known = command.options + Option.common }
            }
        }
        if let pending { return .words(matching(current, pending.choices)) }
        if current.hasPrefix("-") { return .words(optionWords(current, known)) }
        guard let command else { return .words(commandWords(after: path, current)) }
        return argument(command, arguments, current)
    }

    /// The option whose value comes next, or nil when there is none.
    private func option(_ word: String, _ known: [Option]) -> Option? {
        guard !word.contains("=") else { return nil }
        return known.first { option in
            option.value != nil && ("--\(option.long ?? "")" == word || option.short.map { "-\($0)" } == word)
        }
    }

    private func optionWords(_ current: String, _ known: [Option]) -> [String] {
        if let sign = current.firstIndex(of: "=") {
            let name = current[..<sign]
            let choices = known.first { "--\($0.long ?? "")" == name }?.choices ?? []
            return matching(current, choices.map { "\(name)=\($0)" })
        }
        return matching(current, known.compactMap { $0.long.map { "--\($0)" } })
    }

    private func commandWords(after path: [String], _ current: String) -> [String] {
        let candidates = commands.filter { $0.words.starts(with: path) && $0.words.count > path.count }
        var words: [String] = []
        for word in candidates.map({ $0.words[path.count] }) where !words.contains(word) { words.append(word) }
        return matching(current, words)
    }

    private func argument(_ command: Command, _ arguments: [String], _ current: String) -> Offer {
        let last = command.arguments.last.flatMap { $0.repeats ? $0 : nil }
        guard let argument = arguments.count < command.arguments.count ? command.arguments[arguments.count] : last
        else { return .nothing }
        switch argument.completion {
        case .nothing, .files: return .nothing
        case .words: return .words(matching(current, argument.choices))
        case .containers: return .names(kind: "container", prefix: "")
        case .kinds:
            if let slash = current.firstIndex(of: "/") {
                return .names(kind: String(current[..<slash]), prefix: "\(current[..<slash])/")
            }
            return .words(matching(current, ResourceType.known.flatMap { [$0.plural] + $0.shortNames } + ["all"]))
        case .resources:
            guard let kind = arguments.first, !kind.contains("/") else { return .nothing }
            return .names(kind: kind, prefix: "")
        }
    }

    private func matching(_ current: String, _ words: [String]) -> [String] {
        words.filter { $0.hasPrefix(current) }
    }
}
