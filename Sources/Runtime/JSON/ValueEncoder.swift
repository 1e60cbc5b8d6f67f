import OrderedCollections

/// Builds a `JSONValue` from what an `Encodable` writes.
///
/// One box holds what one `encode(to:)` call produced; a nested value is encoded into a box of its own and taken out at
/// once, so only `nestedContainer` and `superEncoder` leave boxes behind.
final class ValueEncoder: Encoder {
    let box = ValueBox()
    let place: CodingPlace?
    let userInfo: [CodingUserInfoKey: Any] = [:]

    init(at place: CodingPlace?) {
        self.place = place
    }

    var codingPath: [any CodingKey] { place?.path ?? [] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        box.becomeObject(isSorted: ObjectIdentifier(type) == DictionaryKeyProbe.keyType)
        return KeyedEncodingContainer(KeyedValueEncoder(box: box, place: place))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.becomeArray()
        return UnkeyedValueEncoder(box: box, place: place)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    /// The JSON form of a value, or nil when it wrote nothing.
    static func encode<T: Encodable>(_ value: T, at place: @autoclosure () -> CodingPlace?) throws -> JSONValue {
        if T.self == JSONValue.self, let value = value as? JSONValue { return value }
        if T.self == String.self, let value = value as? String { return .string(value) }
        if T.self == Double.self, let value = value as? Double { return try number(value, at: place) }
        if T.self == [String].self, let value = value as? [String] { return .array(value.map { .string($0) }) }
        let encoder = ValueEncoder(at: place())
        try value.encode(to: encoder)
        return encoder.box.value ?? [:]
    }

    static func number(_ value: Double, at place: () -> CodingPlace?) throws -> JSONValue {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: place()?.path ?? [], debugDescription: "\(value) has no form in JSON"))
        }
        return .number(value)
    }

    static func integer(_ value: some BinaryInteger, at place: () -> CodingPlace?) throws -> JSONValue {
        guard let integer = Int64(exactly: value) else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: place()?.path ?? [], debugDescription: "\(value) does not fit in 64 bits"))
        }
        return .integer(integer)
    }
}

/// Where a value is, as a list from the leaf up: cheap to extend, turned into an array only for errors.
final class CodingPlace: Sendable {
    let parent: CodingPlace?
    let key: any CodingKey

    init(_ parent: CodingPlace?, _ key: any CodingKey) {
        self.parent = parent
        self.key = key
    }

    var path: [any CodingKey] { (parent?.path ?? []) + [key] }
}

/// The key of an element in a list.
struct IndexKey: CodingKey {
    let index: Int

    init(_ index: Int) { self.index = index }
    init?(intValue: Int) { index = intValue }
    init?(stringValue: String) { return nil }

    var stringValue: String { String(index) }
    var intValue: Int? { index }
}

/// The member that `superEncoder()` uses.
struct NameKey: CodingKey {
    let stringValue: String

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }

    var intValue: Int? { nil }
}

/// What one `encode(to:)` has written so far.
final class ValueBox {
    private enum Content {
        case nothing
        case value(JSONValue)
        case object(OrderedDictionary<String, JSONValue>, isSorted: Bool)
        case array([JSONValue])
    }

    private var content = Content.nothing
    /// Containers given out that may still be written to, by member name or index.
    private var openMembers: [(String, ValueBox)] = []
    private var openElements: [(Int, ValueBox)] = []

    var count: Int {
        if case .array(let elements) = content { elements.count } else { 0 }
    }

    var value: JSONValue? {
        switch content {
        case .nothing: return nil
        case .value(let value): return value
        case .object(var members, let isSorted):
            for (key, box) in openMembers { members[key] = box.value ?? [:] }
            if isSorted { members.sort { JSONWriter.precedes($0.key, $1.key) } }
            return .object(JSONObject(members))
        case .array(var elements):
            for (index, box) in openElements { elements[index] = box.value ?? [:] }
            return .array(elements)
        }
    }

    func becomeObject(isSorted: Bool) {
        if case .object = content { return }
        content = .object([:], isSorted: isSorted)
    }

    func becomeArray() {
        if case .array = content { return }
        content = .array([])
    }

    func set(_ value: JSONValue) { content = .value(value) }

    func set(_ key: String, _ value: JSONValue) {
        guard case .object(var members, let isSorted) = content else { return }
        // The dictionary must have one owner while it grows.
        content = .nothing
        members[key] = value
        content = .object(members, isSorted: isSorted)
    }

    func append(_ value: JSONValue) {
        guard case .array(var elements) = content else { return }
        content = .nothing
        elements.append(value)
        content = .array(elements)
    }

    func open(_ key: String, _ box: ValueBox) {
        set(key, [:])
        openMembers.append((key, box))
    }

    func openElement(_ box: ValueBox) {
        append([:])
        openElements.append((count - 1, box))
    }
}

/// Finds the key type that dictionaries use for their members, which has no name outside the standard library: their
/// order differs from one process to the next, so their members are sorted.
private final class DictionaryKeyProbe: Encoder {
    static let keyType: ObjectIdentifier? = {
        let probe = DictionaryKeyProbe()
        // An empty dictionary's encoding has nothing that could fail.
        try? [String: Int]().encode(to: probe)
        return probe.found
    }()

    private var found: ObjectIdentifier?
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private let encoder = ValueEncoder(at: nil)

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        found = ObjectIdentifier(type)
        encoder.box.becomeObject(isSorted: false)
        return KeyedEncodingContainer(KeyedValueEncoder(box: encoder.box, place: nil))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { encoder.unkeyedContainer() }
    func singleValueContainer() -> any SingleValueEncodingContainer { encoder.singleValueContainer() }
}
