import CJansson
import OrderedCollections

extension JSONValue {
    /// Reads a JSON text (RFC 8259) of UTF-8 bytes.
    ///
    /// Member names must be unique, numbers must fit in 64 bits, and no string may hold a NUL character.
    package init(parsing text: [UInt8], limits: JSONLimits = .standard) throws(ManifestError) {
        try self.init(parsing: text, limits: limits, rejectsDuplicates: true)
    }

    /// With `rejectsDuplicates` false, the last of two members with one name counts.
    init(parsing text: [UInt8], limits: JSONLimits, rejectsDuplicates: Bool) throws(ManifestError) {
        try limits.check(text)
        let document = try JanssonDocument(text, rejectsDuplicates: rejectsDuplicates)
        self = try JSONValue(document.root)
    }

    package init(parsing text: String, limits: JSONLimits = .standard) throws(ManifestError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// Copies what jansson built; the recursion is bounded by `JSONLimits.depth`.
    fileprivate init(_ json: UnsafeMutablePointer<json_t>) throws(ManifestError) {
        switch json.pointee.type {
        case JSON_OBJECT: self = .object(try JSONObject(json))
        case JSON_ARRAY:
            var elements: [JSONValue] = []
            let count = json_array_size(json)
            elements.reserveCapacity(count)
            for index in 0..<count {
                guard let element = json_array_get(json, index) else { continue }
                do {
                    elements.append(try JSONValue(element))
                } catch {
                    throw error.below(String(index))
                }
            }
            self = .array(elements)
        case JSON_STRING: self = .string(try String(json))
        case JSON_INTEGER: self = .integer(json_integer_value(json))
        case JSON_REAL: self = .number(json_real_value(json))
        case JSON_TRUE: self = .bool(true)
        case JSON_FALSE: self = .bool(false)
        default: self = .null
        }
    }
}

extension JSONObject {
    fileprivate init(_ json: UnsafeMutablePointer<json_t>) throws(ManifestError) {
        var members: OrderedDictionary<String, JSONValue> = [:]
        members.reserveCapacity(json_object_size(json))
        var iterator = json_object_iter(json)
        while let current = iterator {
            guard let bytes = json_object_iter_key(current), let value = json_object_iter_value(current) else { break }
            let key = String(cBytes: bytes, count: json_object_iter_key_len(current))
            let member: JSONValue
            do {
                member = try JSONValue(value)
            } catch {
                throw error.below(key)
            }
            guard members.updateValue(member, forKey: key) == nil else {
                throw ManifestError(
                    path: "",
                    reason: "has two members \"\(key)\" that differ only in how their characters are composed; keep one"
                )
            }
            iterator = json_object_iter_next(json, current)
        }
        self.init(members)
    }
}

extension String {
    fileprivate init(_ json: UnsafeMutablePointer<json_t>) throws(ManifestError) {
        let count = json_string_length(json)
        guard let bytes = json_string_value(json) else {
            self = ""
            return
        }
        self = String(cBytes: bytes, count: count)
        guard !utf8.contains(0) else {
            throw ManifestError(
                path: "",
                reason: "holds a NUL character (\\u0000), which no name or text may; remove it"
            )
        }
    }

    /// jansson has checked that the bytes are UTF-8.
    fileprivate init(cBytes: UnsafePointer<CChar>, count: Int) {
        let bytes = UnsafeRawBufferPointer(start: cBytes, count: count)
        self = String(decoding: bytes, as: UTF8.self)
    }
}

/// A parsed text in jansson's memory.
private struct JanssonDocument: ~Copyable {
    let root: UnsafeMutablePointer<json_t>

    init(_ text: [UInt8], rejectsDuplicates: Bool) throws(ManifestError) {
        var error = json_error_t()
        let flags = Int((rejectsDuplicates ? JSON_REJECT_DUPLICATES : 0) | JSON_DECODE_ANY | JSON_ALLOW_NUL)
        let root = text.withUnsafeBytes { buffer in
            json_loadb(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, flags, &error)
        }
        guard let root else { throw ManifestError(error, in: text) }
        self.root = root
    }

    deinit {
        json_decref(root)
    }
}

extension ManifestError {
    /// The same error, seen from one level further up.
    ///
    /// Paths are made only when there is an error: made for each value,
    /// they could cost far more than the document.
    fileprivate func below(_ key: String) -> ManifestError {
        ManifestError(path: "/" + JSONPointer.escape(key) + path, reason: reason)
    }

    fileprivate init(_ error: json_error_t, in text: [UInt8]) {
        var error = error
        let detail = withUnsafeBytes(of: &error.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard text.contains(where: { !" \t\r\n".utf8.contains($0) }) else {
            self.init(path: "", reason: "is empty; a JSON document was expected")
            return
        }
        self.init(
            path: "",
            reason: "is not valid JSON: line \(error.line), column \(error.column): \(detail)"
                + ManifestError.remedy(json_error_code(&error)))
    }

    private static func remedy(_ code: json_error_code) -> String {
        switch code {
        case json_error_duplicate_key: "; keep one of the two members"
        case json_error_numeric_overflow: "; integers must fit in 64 bits, other numbers in a double"
        case json_error_invalid_utf8: "; save the document as UTF-8"
        case json_error_premature_end_of_input: "; the document is cut off or a bracket is not closed"
        case json_error_end_of_input_expected: "; there is more text after the document"
        case json_error_null_byte_in_key, json_error_null_character, json_error_null_value:
            "; no name or text may hold a NUL character"
        default: ""
        }
    }
}
