import JSON
import Model

/// `metadata.name=web,status.phase!=READY`: fields of the document by their path, all of which must hold.
///
/// Kubernetes allows few fields; here every scalar of a resource can be asked for. A field that is not there is "".
struct FieldSelector: Sendable, Equatable {
    struct Term: Sendable, Equatable {
        let path: [String]
        let value: String
        let isEqual: Bool
    }

    let terms: [Term]

    init(_ text: String) throws(KubeStatus) {
        var terms: [Term] = []
        for part in FieldSelector.split(text) {
            guard let term = FieldSelector.term(part) else {
                throw KubeStatus(.badRequest, "invalid field selector: '\(part)'; can't understand it")
            }
            terms.append(term)
        }
        self.terms = terms
    }

    /// The name, when the selector asks for exactly one.
    var name: String? {
        terms.first { $0.isEqual && $0.path == ["metadata", "name"] }?.value
    }

    func matches(_ resource: AnyResource) -> Bool {
        var document: JSONValue?
        return terms.allSatisfy { term in
            (value(at: term.path, of: resource, document: &document) == term.value) == term.isEqual
        }
    }

    /// The usual fields are read from the resource; only for others the document is made, once.
    private func value(at path: [String], of resource: AnyResource, document: inout JSONValue?) -> String {
        if path == ["metadata", "name"] { return resource.name }
        if path == ["metadata", "namespace"] { return resource.metadata.namespace ?? "" }
        if let event = resource.as(Event.self), let value = FieldSelector.value(at: path, of: event.spec) {
            return value
        }
        let whole = document ?? resource.documentOrNull
        document = whole
        return path.reduce(whole as JSONValue?) { $0?[$1] }.map(FieldSelector.text) ?? ""
    }

    private static func value(at path: [String], of event: Event.Spec) -> String? {
        let object = event.involvedObject
        switch path {
        case ["involvedObject", "name"]: return object.name
        case ["involvedObject", "namespace"]: return object.namespace
        case ["involvedObject", "kind"]: return object.kind
        case ["involvedObject", "apiVersion"]: return object.apiVersion
        case ["involvedObject", "uid"]: return object.uid
        case ["reason"]: return event.reason
        case ["type"]: return event.type.rawValue
        case ["source"], ["reportingComponent"]: return event.source.component
        default: return nil
        }
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .number, .array, .object: String(decoding: value.compactBytes(), as: UTF8.self)
        case .null: ""
        }
    }

    /// At commas; a backslash takes the next character as it is.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var isEscaped = false
        for character in text {
            if isEscaped {
                parts[parts.count - 1].append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.filter { !$0.trimmed.isEmpty }
    }

    private static func term(_ part: String) -> Term? {
        let isEqual = part.halves(around: "!=") == nil
        guard let (field, value) = part.halves(around: "!=") ?? part.halves(around: "==") ?? part.halves(around: "=")
        else { return nil }
        let path = field.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard path.allSatisfy({ !$0.isEmpty }) else { return nil }
        return Term(path: path, value: value, isEqual: isEqual)
    }
}

extension AnyResource {
    fileprivate var documentOrNull: JSONValue {
        do { return try document() } catch { return .null }
    }
}
