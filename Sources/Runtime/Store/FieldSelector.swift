package import JSON
package import Model

/// A choice of resources by single fields: `metadata.name=x,status.phase!=READY`.
///
/// A field that is not there counts as empty. Values are compared as text; `\,`, `\=` and `\\` stand for themselves.
package struct FieldSelector: Sendable, Equatable {
    package struct Requirement: Sendable, Equatable {
        package let field: String
        package let value: String
        package let isEqual: Bool
        fileprivate let path: [String]
    }

    package let requirements: [Requirement]

    /// Reads a selector; the empty one selects everything.
    package init(parsing text: String) throws(StoreError) {
        var requirements: [Requirement] = []
        for term in Self.terms(of: text) { requirements.append(try Requirement(parsing: term)) }
        self.requirements = requirements
    }

    package func matches(_ resource: AnyResource) -> Bool {
        requirements.allSatisfy { $0.matches(resource) }
    }

    /// The same for a document that is no resource of the store.
    package func matches(_ document: JSONValue) -> Bool {
        requirements.allSatisfy { ($0.path.reduce(document) { $0[$1] ?? .null }.fieldText == $0.value) == $0.isEqual }
    }

    /// Splits at commas that are not escaped; empty terms do not count.
    private static func terms(of text: String) -> [String] {
        var terms = [""]
        var isEscaped = false
        for character in text {
            if character == ",", !isEscaped {
                terms.append("")
            } else {
                terms[terms.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return terms.filter { !$0.isEmpty }
    }
}

extension FieldSelector.Requirement {
    /// Fields that every resource or every event has; others are paths into the document.
    private static let known = [
        "metadata.name", "metadata.namespace", "reason", "type", "involvedObject.kind", "involvedObject.name",
        "involvedObject.namespace", "involvedObject.uid", "involvedObject.apiVersion",
    ]

    fileprivate init(parsing term: String) throws(StoreError) {
        guard let operation = term.firstIndex(where: { $0 == "=" || $0 == "!" }) else {
            throw Self.refusal("\"\(term)\" has no operator; write field=value or field!=value")
        }
        let tail = term[operation...]
        guard let sign = ["!=", "==", "="].first(where: tail.hasPrefix) else {
            throw Self.refusal("\"\(term)\" has an unknown operator; use =, == or !=")
        }
        let field = String(term[..<operation])
        let path = field.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isPath = path.count > 1 && ["spec", "status"].contains(path[0]) && !path.contains("")
        guard isPath || Self.known.contains(field) else {
            let allowed = (Self.known + ["spec.…", "status.…"]).joined(separator: ", ")
            throw Self.refusal("\"\(field)\" is no field to select by; there are \(allowed)")
        }
        self.init(
            field: field, value: try Self.unescape(tail.dropFirst(sign.count)), isEqual: sign != "!=", path: path)
    }

    private static func unescape(_ text: Substring) throws(StoreError) -> String {
        var value = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                guard "\\,=".contains(character) else {
                    throw refusal("\"\\\(character)\" is no escape in \"\(text)\"")
                }
                value.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "=" {
                throw refusal("\"\(text)\" has a bare \"=\"; write \\=")
            } else {
                value.append(character)
            }
        }
        guard !isEscaped else { throw refusal("\"\(text)\" ends in an escape") }
        return value
    }

    private static func refusal(_ reason: String) -> StoreError { .invalid(path: "fieldSelector", reason: reason) }

    fileprivate func matches(_ resource: AnyResource) -> Bool { (text(in: resource) == value) == isEqual }

    private func text(in resource: AnyResource) -> String {
        switch field {
        case "metadata.name": resource.name
        case "metadata.namespace": resource.metadata.namespace ?? ""
        case _ where path[0] == "spec" || path[0] == "status": documentText(in: resource)
        default: resource.as(Event.self).map { eventText($0.spec) } ?? ""
        }
    }

    private func eventText(_ event: Event.Spec) -> String {
        switch field {
        case "reason": event.reason
        case "type": event.type.rawValue
        case "involvedObject.kind": event.involvedObject.kind
        case "involvedObject.name": event.involvedObject.name
        case "involvedObject.namespace": event.involvedObject.namespace
        case "involvedObject.uid": event.involvedObject.uid
        case "involvedObject.apiVersion": event.involvedObject.apiVersion
        default: ""
        }
    }

    private func documentText(in resource: AnyResource) -> String {
        // A resource that has no document has no fields either.
        guard let document = try? resource.document() else { return "" }
        return path.reduce(document) { $0[$1] ?? .null }.fieldText
    }
}

extension JSONValue {
    fileprivate var fieldText: String {
        switch self {
        case .null, .array, .object: ""
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): value
        }
    }
}
