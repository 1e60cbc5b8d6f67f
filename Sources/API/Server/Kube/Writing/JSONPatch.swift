import JSON

/// RFC 6902 on values: a list of operations, all or nothing.
enum JSONPatch {
    static func apply(_ patch: JSONValue, to document: JSONValue) throws(ManifestError) -> JSONValue {
        guard let operations = patch.array else {
            throw ManifestError(path: "", reason: "a JSON patch is an array of operations")
        }
        var result: JSONValue? = document
        for operation in operations { result = try apply(operation, to: result) }
        guard let result else { throw ManifestError(path: "", reason: "the patch removed the whole resource") }
        return result
    }

    private static func apply(_ operation: JSONValue, to document: JSONValue?) throws(ManifestError) -> JSONValue? {
        let path = try tokens(operation, "path")
        switch operation["op"]?.string {
        case "add": return try document.inserting(value(operation), at: path)
        case "replace":
            guard document?.value(at: path) != nil else { throw missing(path) }
            return try document.removing(at: path).inserting(value(operation), at: path)
        case "remove":
            guard document?.value(at: path) != nil else { throw missing(path) }
            return try document.removing(at: path)
        case "test":
            let found = document?.value(at: path)
            guard found == (try value(operation)) else {
                throw ManifestError(path: pointer(path), reason: "the test of the patch failed")
            }
            return document
        case "copy", "move":
            let from = try tokens(operation, "from")
            guard let moved = document?.value(at: from) else { throw missing(from) }
            let rest = operation["op"]?.string == "move" ? try document.removing(at: from) : document
            return try rest.inserting(moved, at: path)
        default:
            throw ManifestError(path: "", reason: "op must be add, replace, remove, test, copy or move")
        }
    }

    private static func value(_ operation: JSONValue) throws(ManifestError) -> JSONValue {
        guard let value = operation["value"] else { throw ManifestError(path: "", reason: "an operation has no value") }
        return value
    }

    private static func tokens(_ operation: JSONValue, _ member: String) throws(ManifestError) -> [String] {
        guard let text = operation[member]?.string, text.isEmpty || text.hasPrefix("/") else {
            throw ManifestError(path: "", reason: "\(member) must be a JSON pointer")
        }
        return JSONPointer(escaped: text).tokens
    }

    private static func missing(_ path: [String]) -> ManifestError {
        ManifestError(path: pointer(path), reason: "the patch asks for what is not there")
    }

    private static func pointer(_ path: [String]) -> String { JSONPointer(path).description }
}

/// RFC 7386 on values: members replace, null removes.
enum MergePatch {
    static func apply(_ patch: JSONValue, to document: JSONValue?) -> JSONValue {
        guard let members = patch.object else { return patch }
        var result = document?.object ?? [:]
        for (key, value) in members {
            result[key] = value.isNull ? JSONValue?.none : apply(value, to: result[key])
        }
        return .object(result)
    }
}

extension JSONValue {
    func value(at path: some Collection<String>) -> JSONValue? {
        guard let key = path.first else { return self }
        if let array, let index = Int(key), array.indices.contains(index) {
            return array[index].value(at: path.dropFirst())
        }
        return self[key]?.value(at: path.dropFirst())
    }
}

extension JSONValue? {
    fileprivate func inserting(_ value: JSONValue, at path: [String]) throws(ManifestError) -> JSONValue? {
        guard let key = path.first else { return value }
        let rest = Array(path.dropFirst())
        switch self {
        case .object(var members):
            if !rest.isEmpty, members[key] == nil {
                throw ManifestError(path: "/\(key)", reason: "the patch adds below what is not there")
            }
            members[key] = try members[key].inserting(value, at: rest)
            return .object(members)
        case .array(var elements):
            if rest.isEmpty {
                let index = key == "-" ? elements.count : Int(key)
                guard let index, (0...elements.count).contains(index) else {
                    throw ManifestError(path: "/\(key)", reason: "no such place in the array")
                }
                elements.insert(value, at: index)
            } else {
                guard let index = Int(key), elements.indices.contains(index),
                    let changed = try JSONValue?.some(elements[index]).inserting(value, at: rest)
                else { throw ManifestError(path: "/\(key)", reason: "no such place in the array") }
                elements[index] = changed
            }
            return .array(elements)
        default:
            throw ManifestError(path: "/\(key)", reason: "the patch adds below a value that has no members")
        }
    }

    /// Nil only when everything was removed; the path leads somewhere.
    fileprivate func removing(at path: [String]) throws(ManifestError) -> JSONValue? {
        guard let key = path.first else { return nil }
        let rest = Array(path.dropFirst())
        switch self {
        case .object(var members):
            members[key] = try members[key].removing(at: rest)
            return .object(members)
        case .array(var elements):
            guard let index = Int(key), elements.indices.contains(index) else { return self }
            if let changed = try JSONValue?.some(elements[index]).removing(at: rest) {
                elements[index] = changed
            } else {
                elements.remove(at: index)
            }
            return .array(elements)
        default:
            return self
        }
    }
}
