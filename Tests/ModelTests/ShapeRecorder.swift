import JSON
import Model

/// Reads nothing and notes what is asked for: the shape that a type's own `init(from:)` wants.
final class ShapeRecorder: Decoder {
    private(set) var members: [Field] = []
    private(set) var element: FieldType?
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    /// The shape of a type, with a value of it that means nothing.
    static func shape<T: Decodable>(of type: T.Type) throws -> (FieldType, T) {
        if let known = try scalar(type) { return known }
        if let type = type as? any (CaseIterable & Decodable).Type, let choice = try choice(type) as? (FieldType, T) {
            return choice
        }
        let recorder = ShapeRecorder()
        let value = try T(from: recorder)
        return (recorder.element.map { .list($0) } ?? .object(recorder.members), value)
    }

    private static func scalar<T: Decodable>(_ type: T.Type) throws -> (FieldType, T)? {
        let known: [(any Any.Type, FieldType, JSONValue)] = [
            (String.self, .string, ""), (Int.self, .integer, 0), (Int64.self, .integer, 0), (Double.self, .number, 0.5),
            (Bool.self, .boolean, true), (Timestamp.self, .time, "2026-01-31T23:59:59Z"), (JSONValue.self, .any, nil),
            (Instant.self, .integer, 1), (BackoffPolicy.self, .string, "reboot"), (ResourceVersion.self, .string, "1"),
            ([String: String].self, .map, [:]), (FieldManager.self, .any, [:]),
        ]
        guard let (_, shape, sample) = known.first(where: { $0.0 == type }) else { return nil }
        return (shape, try sample.decode(type))
    }

    private static func choice<E: CaseIterable & Decodable>(_ type: E.Type) throws -> (FieldType, E)? {
        let names = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        guard names.count == type.allCases.count, let first = names.first else { return nil }
        return (.choice(names), try JSONValue.string(first).decode(type))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Keyed<Key>(recorder: self))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { Unkeyed(recorder: self) }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Unknown() }

    /// A type that reads itself in a way nobody taught the recorder.
    struct Unknown: Error {}

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let recorder: ShapeRecorder
        let codingPath: [any CodingKey] = []
        let allKeys: [Key] = []

        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) -> Bool { false }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            try note(type, key, isRequired: true)
        }

        func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
            try note(type, key, isRequired: false)
        }

        // The standard library forwards these to `decode`, which would make them look required.
        func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
            try note(type, key, isRequired: false)
        }
        func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
            try note(type, key, isRequired: false)
        }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
            try note(type, key, isRequired: false)
        }
        func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
            try note(type, key, isRequired: false)
        }

        private func note<T: Decodable>(_ type: T.Type, _ key: Key, isRequired: Bool) throws -> T {
            let (shape, value) = try ShapeRecorder.shape(of: type)
            recorder.members.append(Field(key.stringValue, shape, isRequired: isRequired, about: ""))
            return value
        }

        func nestedContainer<N: CodingKey>(keyedBy type: N.Type, forKey key: Key) throws -> KeyedDecodingContainer<N> {
            throw Unknown()
        }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw Unknown() }
        func superDecoder() throws -> any Decoder { throw Unknown() }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw Unknown() }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let recorder: ShapeRecorder
        let codingPath: [any CodingKey] = []
        let count: Int? = 1
        var currentIndex = 0
        var isAtEnd: Bool { currentIndex > 0 }

        init(recorder: ShapeRecorder) { self.recorder = recorder }

        mutating func decodeNil() -> Bool { false }

        mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
            currentIndex += 1
            let (shape, value) = try ShapeRecorder.shape(of: type)
            recorder.element = shape
            return value
        }

        mutating func nestedContainer<N: CodingKey>(keyedBy type: N.Type) throws -> KeyedDecodingContainer<N> {
            throw Unknown()
        }
        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Unknown() }
        mutating func superDecoder() throws -> any Decoder { throw Unknown() }
    }
}
