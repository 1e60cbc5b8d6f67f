import Model

/// Reads the requirements of a label selector, one token ahead.
struct LabelSelectorParser {
    private enum Token: Equatable {
        case word(String)
        case symbol(String)
        case end

        var text: String {
            switch self {
            case .word(let text), .symbol(let text): "\"\(text)\""
            case .end: "the end"
            }
        }
    }

    private let text: String
    private var rest: Substring
    private var next = Token.end

    init(_ text: String) {
        self.text = text
        rest = text[...]
        advance()
    }

    mutating func parse() throws(StoreError) -> [LabelSelector.Requirement] {
        guard next != .end else { return [] }
        var requirements = [try requirement()]
        while next != .end {
            try expect(",")
            requirements.append(try requirement())
        }
        return requirements
    }

    private mutating func requirement() throws(StoreError) -> LabelSelector.Requirement {
        if take("!") { return .isMissing(try key()) }
        let key = try key()
        if take("=") || take("==") { return .isOneOf(key, [try value()]) }
        if take("!=") { return .isNoneOf(key, [try value()]) }
        switch next {
        case .end, .symbol(","): return .exists(key)
        case .word("in"): return .isOneOf(key, try set())
        case .word("notin"): return .isNoneOf(key, try set())
        case .word, .symbol: throw refusal("found \(next.text) after \"\(key)\"; use =, ==, !=, in (…) or notin (…)")
        }
    }

    private mutating func key() throws(StoreError) -> String {
        guard case .word(let key) = next else { throw refusal("found \(next.text) where a label's name belongs") }
        advance()
        return key
    }

    /// May be empty: `app=` asks for the empty value.
    private mutating func value() throws(StoreError) -> String {
        guard case .word(let value) = next else { return "" }
        advance()
        return value
    }

    private mutating func set() throws(StoreError) -> [String] {
        advance()
        try expect("(")
        var values = [try value()]
        while take(",") { values.append(try value()) }
        try expect(")")
        return values
    }

    private mutating func expect(_ symbol: String) throws(StoreError) {
        guard take(symbol) else { throw refusal("found \(next.text) where \"\(symbol)\" belongs") }
    }

    private mutating func take(_ symbol: String) -> Bool {
        guard next == .symbol(symbol) else { return false }
        advance()
        return true
    }

    private mutating func advance() {
        rest = rest.drop { $0 == " " || $0 == "\t" }
        guard let first = rest.first else {
            next = .end
            return
        }
        for symbol in ["==", "!=", "=", "!", ",", "(", ")"] where rest.hasPrefix(symbol) {
            rest = rest.dropFirst(symbol.count)
            next = .symbol(symbol)
            return
        }
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "._-/".contains($0)) }
        rest = rest.dropFirst(word.count)
        if word.isEmpty {
            rest = rest.dropFirst()
            next = .symbol(String(first))
        } else {
            next = .word(String(word))
        }
    }

    private func refusal(_ reason: String) -> StoreError {
        .invalid(path: "labelSelector", reason: "\(reason) in \"\(text)\"")
    }
}
