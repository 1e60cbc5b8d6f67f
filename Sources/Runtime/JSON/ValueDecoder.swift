/// Reads a `Decodable` from a `JSONValue`.
///
/// Its errors are `ManifestError`s with the JSON pointer of the bad value.
struct ValueDecoder: Decoder {
    let value: JSONValue
    let place: CodingPlace?
    let userInfo: [CodingUserInfoKey: Any] = [:]

    var codingPath: [any CodingKey] { place?.path ?? [] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = value else { throw mismatch("an object") }
        return KeyedDecodingContainer(KeyedValueDecoder(object: object, place: place))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw mismatch("a list") }
        return UnkeyedValueDecoder(elements: elements, place: place)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func mismatch(_ wanted: String) -> ManifestError {
        ManifestError(path: JSONPointer(place).description, reason: "must be \(wanted), not \(value.summary)")
    }

    static func decode<T: Decodable>(_ type: T.Type, from value: JSONValue, at place: CodingPlace?) throws -> T {
        if type == JSONValue.self, let value = value as? T { return value }
        if type == String.self, case .string(let text) = value, let text = text as? T { return text }
        do {
            return try T(from: ValueDecoder(value: value, place: place))
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.count == (place?.path.count ?? 0) {
            let path = JSONPointer(place).description
            if let choices = choices(type) {
                let choices = choices.joined(separator: ", ")
                throw ManifestError(path: path, reason: "\(value.literal) is not one of \(choices)")
            }
            throw ManifestError(path: path, reason: context.debugDescription)
        }
    }

    /// The raw values of an enum that can list its cases.
    private static func choices<T>(_ type: T.Type) -> [String]? {
        guard let type = type as? any CaseIterable.Type else { return nil }
        return rawValues(type)
    }

    private static func rawValues<E: CaseIterable>(_ type: E.Type) -> [String]? {
        let values = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        return values.isEmpty ? nil : values
    }
}

extension JSONValue {
    /// A scalar as JSON text, anything larger as its kind.
    fileprivate var literal: String {
        switch self {
        case .string(let text): JSONValue.quoted(text)
        case .null, .bool, .integer, .number, .array, .object: summary
        }
    }
}

extension JSONPointer {
    init(_ place: CodingPlace?) {
        self.init((place?.path ?? []).map { $0.stringValue })
    }
}

struct KeyedValueDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    let place: CodingPlace?

    var codingPath: [any CodingKey] { place?.path ?? [] }
    var allKeys: [Key] { object.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { object[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try value(key) == .null }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try ValueDecoder.decode(type, from: value(key), at: CodingPlace(place, key))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        let key = NameKey(stringValue: "super")
        return ValueDecoder(value: object[key.stringValue] ?? .null, place: CodingPlace(place, key))
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

    private func decoder(_ key: Key) throws -> ValueDecoder {
        ValueDecoder(value: try value(key), place: CodingPlace(place, key))
    }

    private func value(_ key: Key) throws -> JSONValue {
        guard let value = object[key.stringValue] else {
            throw ManifestError(path: JSONPointer(CodingPlace(place, key)).description, reason: "is missing")
        }
        return value
    }
}

struct UnkeyedValueDecoder: UnkeyedDecodingContainer {
    let elements: [JSONValue]
    let place: CodingPlace?
    private(set) var currentIndex = 0

    init(elements: [JSONValue], place: CodingPlace?) {
        self.elements = elements
        self.place = place
    }

    var codingPath: [any CodingKey] { place?.path ?? [] }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    mutating func decodeNil() throws -> Bool {
        let isNull = try next().value == .null
        if !isNull { currentIndex -= 1 }
        return isNull
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let decoder = try next()
        return try ValueDecoder.decode(type, from: decoder.value, at: decoder.place)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }

    private mutating func next() throws -> ValueDecoder {
        let place = CodingPlace(place, IndexKey(currentIndex))
        guard !isAtEnd else { throw ManifestError(path: JSONPointer(place).description, reason: "is missing") }
        defer { currentIndex += 1 }
        return ValueDecoder(value: elements[currentIndex], place: place)
    }
}

extension ValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let value) = value else { throw mismatch("true or false") }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .string(let text) = value else { throw mismatch("a string") }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double {
        switch value {
        case .number(let number): return number
        case .integer(let number): return Double(number)
        case .null, .bool, .string, .array, .object: throw mismatch("a number")
        }
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try ValueDecoder.decode(type, from: value, at: place)
    }

    private func integer<I: FixedWidthInteger>() throws -> I {
        let whole: Int64? =
            switch value {
            case .integer(let number): number
            case .number(let number): Int64(exactly: number)
            case .null, .bool, .string, .array, .object: nil
            }
        guard let whole else { throw mismatch("a whole number") }
        guard let number = I(exactly: whole) else { throw mismatch("a whole number from \(I.min) to \(I.max)") }
        return number
    }
}
