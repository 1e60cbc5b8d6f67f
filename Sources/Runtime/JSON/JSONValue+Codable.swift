extension JSONValue {
    /// The JSON form of a Codable value. Throws only what the value's own `encode(to:)` throws.
    package init(encoding value: some Encodable) throws {
        throw ManifestError(path: "", reason: "not yet written")
    }

    /// Reads a Codable value; `path` is the JSON pointer of this document, for errors.
    package func decode<T: Decodable>(_ type: T.Type, at path: String = "") throws(ManifestError) -> T {
        throw ManifestError(path: path, reason: "not yet written")
    }
}

extension JSONValue: Codable {
    package init(from decoder: any Decoder) throws {
        throw ManifestError(path: "", reason: "not yet written")
    }

    package func encode(to encoder: any Encoder) throws {
        throw ManifestError(path: "", reason: "not yet written")
    }
}
