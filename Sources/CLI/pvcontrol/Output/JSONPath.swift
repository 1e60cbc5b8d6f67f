import JSON

/// A template of text and `{expressions}` over a document, in kubectl's dialect of JSONPath.
///
/// Understood: `.a.b`, `['a']`, `[0]`, `[-1]`, `[1:3]`, `[0,2]`, `[*]`, `.*`, `..a`, `[?(@.a=="b")]` with
/// `== != < <= > >=` or alone, `{range …}{end}`, `{"text"}`. What is missing prints as nothing.
struct JSONPath: Sendable, Equatable {
    indirect enum Node: Sendable, Equatable {
        case text(String)
        case path(Path)
        case range(Path, [Node])
    }

    struct Path: Sendable, Equatable {
        /// Whether it starts at the document (`$` or nothing inside no range) or at the current element (`@`).
        var startsAtRoot = false
        var steps: [Step]
    }

    enum Step: Sendable, Equatable {
        case member(String)
        case members([String])
        case element(Int)
        case elements([Int])
        case slice(from: Int?, to: Int?, by: Int)
        case all
        case descendants(String)
        case filter(Filter)
    }

    struct Filter: Sendable, Equatable {
        enum Comparison: String, Sendable {
            case equal = "==", unequal = "!=", atMost = "<=", atLeast = ">=", less = "<", more = ">"
        }

        enum Operand: Sendable, Equatable {
            case path(Path)
            case literal(JSONValue)
        }

        let left: Operand
        /// nil asks only whether the left side is there.
        let comparison: (Comparison, Operand)?

        static func == (left: Filter, right: Filter) -> Bool {
            left.left == right.left && left.comparison?.0 == right.comparison?.0
                && left.comparison?.1 == right.comparison?.1
        }
    }

    let nodes: [Node]

    /// Parses a template; one without any brace is taken as one expression.
    init(_ template: String) throws(CommandError) {
        var parser = JSONPathParser(template.contains("{") ? template : "{\(template)}")
        nodes = try parser.template()
    }

    /// The values an expression finds, for `--sort-by` and `wait`.
    func values(in document: JSONValue) -> [JSONValue] {
        nodes.flatMap { node -> [JSONValue] in
            guard case .path(let path) = node else { return [] }
            return path.values(current: document, root: document)
        }
    }

    /// The text the template makes of a document.
    func text(of document: JSONValue) -> String {
        JSONPath.text(nodes, current: document, root: document)
    }

    private static func text(_ nodes: [Node], current: JSONValue, root: JSONValue) -> String {
        nodes.map { node in
            switch node {
            case .text(let text): text
            case .path(let path):
                path.values(current: current, root: root).map(JSONPath.text).joined(separator: " ")
            case .range(let path, let body):
                path.values(current: current, root: root).map { text(body, current: $0, root: root) }.joined()
            }
        }.joined()
    }

    /// Strings are printed bare, everything else as JSON.
    static func text(_ value: JSONValue) -> String {
        value.string ?? String(decoding: value.compactBytes(), as: UTF8.self)
    }
}

extension JSONPath.Path {
    func values(current: JSONValue, root: JSONValue) -> [JSONValue] {
        steps.reduce([startsAtRoot ? root : current]) { values, step in
            values.flatMap { step.apply(to: $0, root: root) }
        }
    }
}

extension JSONPath.Step {
    fileprivate func apply(to value: JSONValue, root: JSONValue) -> [JSONValue] {
        switch self {
        case .member(let name): value[name].map { [$0] } ?? []
        case .members(let names): names.compactMap { value[$0] }
        case .element(let index): JSONPath.element(index, of: value.array ?? []).map { [$0] } ?? []
        case .elements(let indices): indices.compactMap { JSONPath.element($0, of: value.array ?? []) }
        case .slice(let from, let to, let step): JSONPath.slice(value.array ?? [], from, to, step)
        case .all: value.children
        case .descendants(let name): value.descendants(name)
        case .filter(let filter): value.children.filter { filter.holds(for: $0, root: root) }
        }
    }
}

extension JSONPath {
    /// Negative indices count from the end.
    fileprivate static func element(_ index: Int, of array: [JSONValue]) -> JSONValue? {
        let position = index < 0 ? array.count + index : index
        return array.indices.contains(position) ? array[position] : nil
    }

    fileprivate static func slice(_ array: [JSONValue], _ from: Int?, _ to: Int?, _ step: Int) -> [JSONValue] {
        func clamp(_ index: Int) -> Int { min(max(0, index < 0 ? array.count + index : index), array.count) }
        let bounds = (clamp(from ?? 0), clamp(to ?? array.count))
        guard step > 0, bounds.0 < bounds.1 else { return [] }
        return stride(from: bounds.0, to: bounds.1, by: step).map { array[$0] }
    }
}

extension JSONPath.Filter {
    fileprivate func holds(for element: JSONValue, root: JSONValue) -> Bool {
        let lefts = left.values(element, root)
        guard let (comparison, right) = comparison else { return !lefts.isEmpty }
        let rights = right.values(element, root)
        guard let left = lefts.first, let right = rights.first else { return false }
        switch comparison {
        case .equal: return left == right
        case .unequal: return left != right
        case .less: return JSONPath.precedes(left, right)
        case .more: return JSONPath.precedes(right, left)
        case .atMost: return left == right || JSONPath.precedes(left, right)
        case .atLeast: return left == right || JSONPath.precedes(right, left)
        }
    }
}

extension JSONPath.Filter.Operand {
    fileprivate func values(_ element: JSONValue, _ root: JSONValue) -> [JSONValue] {
        switch self {
        case .path(let path): path.values(current: element, root: root)
        case .literal(let value): [value]
        }
    }
}

extension JSONPath {
    /// The order of values of one type; of different types, numbers come before text.
    static func precedes(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): left < right
        case (.bool(let left), .bool(let right)): !left && right
        case (.integer(let left), .integer(let right)): left < right
        case (let left, let right):
            if let left = left.double, let right = right.double {
                left < right
            } else {
                left.double != nil && right.double == nil
            }
        }
    }
}

extension JSONValue {
    fileprivate var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    fileprivate var children: [JSONValue] {
        array ?? object.map { $0.map(\.value) } ?? []
    }

    fileprivate func descendants(_ name: String) -> [JSONValue] {
        (self[name].map { [$0] } ?? []) + children.flatMap { $0.descendants(name) }
    }
}
