import OrderedCollections

/// A JSON document as a value: what libjansson parsed, or what is about to be written.
///
/// Objects keep the order of their members; equality ignores it, as JSON does.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// Members of an object in the order they were read or inserted.
package struct JSONObject: Sendable, Hashable {
    private(set) var members: OrderedDictionary<String, JSONValue>

    package init() {
        members = [:]
    }

    init(_ members: OrderedDictionary<String, JSONValue>) {
        self.members = members
    }

    /// Members in this order; of two with one name the last stays.
    package init(_ pairs: some Sequence<(key: String, value: JSONValue)>) {
        members = OrderedDictionary(pairs.lazy.map { ($0.key, $0.value) }) { _, last in last }
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }
    package var keys: [String] { Array(members.keys) }

    package subscript(key: String) -> JSONValue? {
        get { members[key] }
        set { members[key] = newValue }
    }

    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.members.allSatisfy { right.members[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        // Order must not matter: combine the members' hashes commutatively.
        var sum = 0
        for (key, value) in members {
            var member = Hasher()
            member.combine(key)
            member.combine(value)
            sum = sum &+ member.finalize()
        }
        hasher.combine(sum)
    }
}

extension JSONObject: Sequence {
    package struct Iterator: IteratorProtocol {
        var members: OrderedDictionary<String, JSONValue>.Elements.Iterator

        package mutating func next() -> (key: String, value: JSONValue)? { members.next() }
    }

    package func makeIterator() -> Iterator { Iterator(members: members.elements.makeIterator()) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = OrderedDictionary(elements) { _, last in last }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral, ExpressibleByFloatLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(OrderedDictionary(elements) { _, last in last }))
    }
}

extension JSONValue {
    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }
    package var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
    package var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }
    package var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }
    package var isNull: Bool { self == .null }

    /// The member of an object, or nil when this is no object or has no such member.
    package subscript(key: String) -> JSONValue? { object?[key] }
}
