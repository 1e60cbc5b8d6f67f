import JSON

/// One value of a document, with its place and where to report what is wrong with it.
struct Field {
    let value: JSONValue
    let place: Place
    let findings: Findings

    func problem(_ reason: String) { findings.problem(place, reason) }
    func warning(_ reason: String) { findings.warning(place, reason) }

    /// Reports that the value is of the wrong type.
    func mismatch<T>(_ wanted: String) -> T? {
        problem("must be \(wanted), not \(value.summary)")
        return nil
    }
}

// MARK: - Scalars

extension Field {
    func text(maximumBytes: Int = StateLimits.text) -> String? {
        guard let text = value.string else { return mismatch("a string") }
        return isShort(text, maximumBytes) ? text : nil
    }

    func nonEmptyText() -> String? {
        guard let text = text() else { return nil }
        guard !text.isEmpty else {
            problem("is empty; leave it out or give it a value")
            return nil
        }
        return text
    }

    private func isShort(_ text: String, _ limit: Int) -> Bool {
        guard text.utf8.count > limit else { return true }
        problem("is \(text.utf8.count) bytes long; at most \(limit) are allowed")
        return false
    }

    /// A whole number; upstream takes one in quotes too.
    func wholeNumber(_ range: ClosedRange<Int>) -> Int? {
        let number: Int64? =
            switch value {
            case .integer(let number): number
            case .number(let number): Int64(exactly: number)
            case .string(let text): Int64(text)
            case .null, .bool, .array, .object: nil
            }
        let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let number, let result = Int(exactly: number), range.contains(result) else { return mismatch(wanted) }
        if value.string != nil { warning("is a number in quotes; write \(result)") }
        return result
    }

    func number(_ range: ClosedRange<Double>) -> Double? {
        let number: Double? =
            switch value {
            case .integer(let number): Double(number)
            case .number(let number): number
            case .string(let text): Double(text)
            case .null, .bool, .array, .object: nil
            }
        guard let number, range.contains(number) else {
            return mismatch("a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
        }
        if value.string != nil { warning("is a number in quotes; write \(number)") }
        return number
    }

    /// true or false; upstream writes "yes" and "no" for some.
    func flag() -> Bool? {
        switch value {
        case .bool(let flag): flag
        case .string("yes"), .string("true"): true
        case .string("no"), .string("false"): false
        case .null, .integer, .number, .string, .array, .object: mismatch("true or false")
        }
    }

    func choice<E: CaseIterable & RawRepresentable>(_ type: E.Type) -> E? where E.RawValue == String {
        let choices = E.allCases.map(\.rawValue)
        guard let text = value.string else { return mismatch("one of \(choices.listed)") }
        guard let choice = E(rawValue: text) else {
            problem("\(text.quoted) is not one of \(choices.listed)")
            return nil
        }
        return choice
    }

    /// A name that becomes one component of a path or part of a resource's name.
    func name(maximumBytes: Int = StateLimits.component) -> String? {
        guard let text = value.string else { return mismatch("a string") }
        if let reason = NameRules.objection(toName: text, maximumBytes: maximumBytes) {
            problem(reason)
            return nil
        }
        return text
    }

    /// An absolute path inside a container.
    func absolutePath() -> String? {
        guard let text = value.string else { return mismatch("a string") }
        guard text.utf8.first == UInt8(ascii: "/"), text.utf8.count > 1 else {
            problem("\(text.quoted) is not an absolute path below /")
            return nil
        }
        if let reason = NameRules.objection(toPath: String(text.dropFirst().trimmingSlashes)) {
            problem(reason)
            return nil
        }
        return text
    }
}

// MARK: - Structure

extension Field {
    func members() -> Members? {
        guard case .object(let object) = value else { return mismatch("an object") }
        return Members(object, at: place, findings)
    }

    func elements(atMost limit: Int = StateLimits.list) -> [Field] {
        guard case .array(let elements) = value else {
            problem("must be a list, not \(value.summary)")
            return []
        }
        guard elements.count <= limit else {
            problem("has \(elements.count) entries; at most \(limit) are allowed")
            return []
        }
        return elements.enumerated().map { index, element in
            Field(value: element, place: place.appending(index), findings: findings)
        }
    }

    /// A list of names without repetition.
    func names(maximumBytes: Int = StateLimits.component) -> [String] {
        var seen: Set<String> = []
        return elements().compactMap { element in
            guard let name = element.name(maximumBytes: maximumBytes) else { return nil }
            guard seen.insert(name).inserted else {
                element.problem("\(name.quoted) is in this list twice; keep one")
                return nil
            }
            return name
        }
    }
}

extension Substring {
    /// Without slashes at its end, which mean nothing in a path.
    fileprivate var trimmingSlashes: Substring {
        var rest = self
        while rest.utf8.last == UInt8(ascii: "/") { rest.removeLast() }
        return rest
    }
}
