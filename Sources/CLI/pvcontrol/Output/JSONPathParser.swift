import JSON

/// Reads a JSONPath template.
struct JSONPathParser {
    private let source: String
    private let letters: [Character]
    private var position = 0

    init(_ template: String) {
        source = template
        letters = Array(template)
    }

    mutating func template() throws(CommandError) -> [JSONPath.Node] {
        try nodes(inRange: false)
    }

    private mutating func nodes(inRange: Bool) throws(CommandError) -> [JSONPath.Node] {
        var nodes: [JSONPath.Node] = []
        while let letter = peek {
            guard letter == "{" else {
                nodes.append(.text(take { $0 != "{" }))
                continue
            }
            position += 1
            skipSpaces()
            if takeWord("end") {
                try expect("}")
                guard inRange else { throw error("{end} without {range}") }
                return nodes
            }
            nodes.append(try expression())
        }
        guard !inRange else { throw error("{range} without {end}") }
        return nodes
    }

    /// What stands in a pair of braces, up to and with the closing one.
    private mutating func expression() throws(CommandError) -> JSONPath.Node {
        if takeWord("range") {
            let path = try path()
            try expect("}")
            return .range(path, try nodes(inRange: true))
        }
        if let quote = peek, quote == "\"" || quote == "'" {
            let text = try quoted()
            try expect("}")
            return .text(text)
        }
        let path = try path()
        try expect("}")
        return .path(path)
    }

    private mutating func path() throws(CommandError) -> JSONPath.Path {
        skipSpaces()
        var path = JSONPath.Path(steps: [])
        if peek == "$" || peek == "@" {
            path.startsAtRoot = peek == "$"
            position += 1
        } else if let letter = peek, letter != ".", letter != "[" {
            path.steps.append(.member(try name()))
        }
        while let letter = peek, letter == "." || letter == "[" {
            position += 1
            if letter == "[" {
                path.steps.append(try bracket())
            } else if take(".") {
                path.steps.append(.descendants(try name()))
            } else if take("*") {
                path.steps.append(.all)
            } else if let next = peek, next != "}", next != "[", next != ")", !next.isWhitespace {
                path.steps.append(.member(try name()))
            }
        }
        skipSpaces()
        return path
    }

    /// What follows `[`, up to and with `]`.
    private mutating func bracket() throws(CommandError) -> JSONPath.Step {
        skipSpaces()
        if take("*") {
            try expect("]")
            return .all
        }
        if take("?") { return .filter(try filter()) }
        if let quote = peek, quote == "\"" || quote == "'" {
            var names = [try quoted()]
            while take(",") {
                skipSpaces()
                names.append(try quoted())
            }
            try expect("]")
            return names.count == 1 ? .member(names[0]) : .members(names)
        }
        return try numbers()
    }

    /// `0`, `-1`, `0,2`, `1:3`, `:2`, `::2`.
    private mutating func numbers() throws(CommandError) -> JSONPath.Step {
        let text = take { $0 != "]" }
        try expect("]")
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { trim($0) }
        if parts.count > 1 {
            let bounds = parts.map { Int($0) }
            guard parts.count <= 3, zip(parts, bounds).allSatisfy({ $0.isEmpty || $1 != nil }) else {
                throw error("'[\(text)]' is not a slice like [1:3]")
            }
            return .slice(from: bounds[0], to: bounds[1], by: (parts.count == 3 ? bounds[2] : nil) ?? 1)
        }
        let indices = text.split(separator: ",").compactMap { Int(trim($0)) }
        guard !indices.isEmpty, indices.count == text.split(separator: ",").count else {
            throw error("'[\(text)]' is neither an index, a slice, a quoted name, * nor a filter")
        }
        return indices.count == 1 ? .element(indices[0]) : .elements(indices)
    }

    /// What follows `[?`: `(left op right)]`.
    private mutating func filter() throws(CommandError) -> JSONPath.Filter {
        try expect("(")
        let left = try operand()
        let operators: [JSONPath.Filter.Comparison] = [.equal, .unequal, .atMost, .atLeast, .less, .more]
        var comparison: (JSONPath.Filter.Comparison, JSONPath.Filter.Operand)?
        if let found = operators.first(where: { takeWord($0.rawValue) }) {
            comparison = (found, try operand())
        }
        try expect(")")
        try expect("]")
        return JSONPath.Filter(left: left, comparison: comparison)
    }

    private mutating func operand() throws(CommandError) -> JSONPath.Filter.Operand {
        skipSpaces()
        defer { skipSpaces() }
        guard let letter = peek else { throw error("a filter ends too early") }
        if letter == "@" || letter == "$" || letter == "." { return .path(try path()) }
        if letter == "\"" || letter == "'" { return .literal(.string(try quoted())) }
        let word = take { !$0.isWhitespace && !"=!<>)".contains($0) }
        switch word {
        case "true": return .literal(true)
        case "false": return .literal(false)
        case "null": return .literal(nil)
        case _:
            if let number = Int64(word) { return .literal(.integer(number)) }
            if let number = Double(word) { return .literal(.number(number)) }
            throw error("'\(word)' is neither a path, a quoted text nor a number")
        }
    }

    /// A bare name; `\.` is a dot in it.
    private mutating func name() throws(CommandError) -> String {
        var text = ""
        while let letter = peek, !".[]{}()=!<>,".contains(letter), !letter.isWhitespace {
            position += 1
            if letter == "\\", let escaped = peek {
                position += 1
                text.append(escaped)
            } else {
                text.append(letter)
            }
        }
        guard !text.isEmpty else { throw error("a name is missing at \(position)") }
        return text
    }

    private mutating func quoted() throws(CommandError) -> String {
        guard let quote = peek, quote == "\"" || quote == "'" else { throw error("a quoted text is missing") }
        position += 1
        var text = ""
        while let letter = peek {
            position += 1
            if letter == quote { return text }
            guard letter == "\\", let escaped = peek else {
                text.append(letter)
                continue
            }
            position += 1
            text.append(escaped == "n" ? "\n" : escaped == "t" ? "\t" : escaped)
        }
        throw error("a quoted text does not end")
    }

    private var peek: Character? { position < letters.count ? letters[position] : nil }

    private mutating func take(_ letter: Character) -> Bool {
        guard peek == letter else { return false }
        position += 1
        return true
    }

    private mutating func take(while holds: (Character) -> Bool) -> String {
        let start = position
        while let letter = peek, holds(letter) { position += 1 }
        return String(letters[start..<position])
    }

    /// Takes a word that no further letter follows (operators: any following is fine).
    private mutating func takeWord(_ word: String) -> Bool {
        let end = position + word.count
        guard end <= letters.count, String(letters[position..<end]) == word else { return false }
        if word.allSatisfy(\.isLetter), end < letters.count, letters[end].isLetter || letters[end] == "." {
            return false
        }
        position = end
        return true
    }

    private mutating func skipSpaces() {
        while let letter = peek, letter.isWhitespace { position += 1 }
    }

    private mutating func expect(_ letter: Character) throws(CommandError) {
        skipSpaces()
        guard take(letter) else {
            throw error("'\(letter)' expected at \(position)" + (peek.map { ", found '\($0)'" } ?? ", found the end"))
        }
    }

    private func trim(_ text: Substring) -> String { String(text.filter { !$0.isWhitespace }) }

    private func error(_ reason: String) -> CommandError {
        .usage("jsonpath '\(source)': \(reason)", command: nil)
    }
}
