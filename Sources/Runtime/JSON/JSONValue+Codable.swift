extension JSONValue {
    /// The JSON form of a Codable value.
    ///
    /// Throws only what the value's own `encode(to:)` throws. Members come in the order they are encoded in, those of dictionaries sorted.
    package init(encoding value: some Encodable) throws {
        self = try ValueEncoder.encode(value, at: nil)
    }

    /// Reads a Codable value; `path` is the JSON pointer of this document, for errors.
    package func decode<T: Decodable>(_ type: T.Type, at path: String = "") throws(ManifestError) -> T {
        do {
            return try ValueDecoder.decode(type, from: self, at: nil)
        } catch let error as ManifestError {
            throw ManifestError(path: path + error.path, reason: error.reason)
        } catch let error as DecodingError {
            let error = ManifestError(error)
            throw ManifestError(path: path + error.path, reason: error.reason)
        } catch {
            throw ManifestError(path: path, reason: "\(error)")
        }
    }
}

extension ManifestError {
    private init(_ context: DecodingError.Context, _ reason: String, _ key: (any CodingKey)? = nil) {
        let path = (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue)
        self.init(path: JSONPointer(path).description, reason: reason)
    }

    fileprivate init(_ error: DecodingError) {
        switch error {
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
            self.init(context, context.debugDescription)
        case .keyNotFound(let key, let context): self.init(context, "is missing", key)
        @unknown default: self.init(path: "", reason: "\(error)")
        }
    }
}

extension JSONValue: Codable {
    package init(from decoder: any Decoder) throws {
        if let decoder = decoder as? ValueDecoder {
            self = decoder.value
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try JSONValue.scalar(in: container) {
            self = value
        } else if let elements = JSONValue.attempt([JSONValue].self, in: container) {
            self = .array(elements)
        } else {
            let members = try container.decode([String: JSONValue].self)
            self = .object(JSONObject(members.sorted { JSONWriter.precedes($0.key, $1.key) }))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? ValueEncoder {
            encoder.box.set(self)
            return
        }
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let elements): try container.encode(elements)
        case .object(let object):
            try container.encode(Dictionary(object.map { ($0.key, $0.value) }) { _, last in last })
        }
    }

    private static func scalar(in container: any SingleValueDecodingContainer) throws -> JSONValue? {
        if let value = attempt(Bool.self, in: container) { return .bool(value) }
        if let value = attempt(Int64.self, in: container) { return .integer(value) }
        if let value = attempt(Double.self, in: container) { return .number(value) }
        return attempt(String.self, in: container).map { .string($0) }
    }

    /// Other coders say what a value is only by refusing what it is not, so their error is the answer "no".
    private static func attempt<T: Decodable>(_ type: T.Type, in container: any SingleValueDecodingContainer) -> T? {
        try? container.decode(type)
    }
}
