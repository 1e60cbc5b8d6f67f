import JSON
import Model

/// Compares a document with the shape of its kind: finds every problem, fills in what a missing member means, and leaves
/// out what nobody knows.
struct DocumentReview {
    private(set) var problems: [KubeStatus.Cause] = []
    /// Places that the kind does not have.
    private(set) var unknown: [String] = []
    /// Whether members that must be there are missed.
    private let isComplete: Bool

    init(isComplete: Bool = true) {
        self.isComplete = isComplete
    }

    mutating func members(_ members: JSONObject, _ fields: [Field], at path: String = "") -> JSONObject {
        var result = JSONObject()
        for (name, value) in members {
            let place = path.isEmpty ? name : "\(path).\(name)"
            guard let field = fields[name] else {
                unknown.append(place)
                continue
            }
            // null is what clients send for a member they do not have.
            if !value.isNull || field.type == .any { result[name] = self.value(value, field.type, at: place) }
        }
        for field in fields where result[field.name] == nil {
            if let fallback = field.fallback {
                result[field.name] = .string(fallback)
            } else if field.isRequired, isComplete, members[field.name]?.isNull ?? true {
                let place = path.isEmpty ? field.name : "\(path).\(field.name)"
                problems.append(KubeStatus.Cause(.required, "Required value: must be \(field.type.name)", at: place))
            }
        }
        return result
    }

    private mutating func value(_ value: JSONValue, _ type: FieldType, at place: String) -> JSONValue {
        switch (type, value) {
        case (.any, _), (.string, .string), (.integer, .integer), (.number, .integer), (.number, .number),
            (.boolean, .bool):
            return value
        case (.time, .string(let text)) where Timestamp(text) != nil: return value
        case (.choice(let choices), .string(let text)) where choices.contains(text): return value
        case (.integer, .number(let number)):
            if let integer = Int64(exactly: number) { return .integer(integer) }
        case (.map, .object(let members)):
            for (key, value) in members where value.string == nil {
                problems.append(
                    KubeStatus.Cause(.type, "must be a string, not \(value.summary)", at: "\(place)[\(key)]"))
            }
            return value
        case (.list(let type), .array(let elements)):
            return .array(elements.enumerated().map { self.value($1, type, at: "\(place)[\($0)]") })
        case (.object(let fields), .object(let members)):
            return .object(self.members(members, fields, at: place))
        default: break
        }
        if case .choice(let choices) = type {
            let known = choices.map { JSONValue.quoted($0) }.joined(separator: ", ")
            problems.append(
                KubeStatus.Cause(
                    .notSupported, "Unsupported value: \(value.summary): supported values: \(known)", at: place))
        } else {
            problems.append(KubeStatus.Cause(.type, "must be \(type.name), not \(value.summary)", at: place))
        }
        return value
    }
}

extension KubeStatus.Cause {
    enum Kind: String {
        case required = "FieldValueRequired"
        case notSupported = "FieldValueNotSupported"
        case type = "FieldValueTypeInvalid"
        case invalid = "FieldValueInvalid"
        case forbidden = "FieldValueForbidden"
        case tooLong = "FieldValueTooLong"
        case conflict = "FieldManagerConflict"
    }

    init(_ kind: Kind, _ message: String, at field: String) {
        self.init(reason: kind.rawValue, message: message, field: field)
    }
}
