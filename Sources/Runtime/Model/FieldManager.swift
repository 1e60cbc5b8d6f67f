import JSON

/// Which members one tool or person has set: an entry of `metadata.managedFields`.
package struct FieldManager: Sendable, Hashable {
    package enum Operation: String, Sendable, Codable, CaseIterable {
        /// Says everything it wants each time; what it no longer says goes away.
        case apply = "Apply"
        case update = "Update"
    }

    package var name: String
    package var operation: Operation
    package var time: Timestamp
    /// Paths from the resource: `["spec", "run"]`.
    package var paths: Set<[String]>

    package init(name: String, operation: Operation, time: Timestamp, paths: Set<[String]>) {
        self.name = name
        self.operation = operation
        self.time = time
        self.paths = paths
    }
}

extension FieldManager: Codable {
    private enum CodingKeys: String, CodingKey {
        case manager, operation, apiVersion, time, fieldsType, fieldsV1
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decodeIfPresent(String.self, forKey: .manager) ?? ""
        operation = try values.decodeIfPresent(Operation.self, forKey: .operation) ?? .update
        time = try values.decodeIfPresent(Timestamp.self, forKey: .time) ?? Timestamp(seconds: 0)
        paths = []
        collect(try values.decodeIfPresent(JSONValue.self, forKey: .fieldsV1) ?? [:], below: [])
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .manager)
        try values.encode(operation, forKey: .operation)
        try values.encode("pantavisor.io/v1", forKey: .apiVersion)
        try values.encode(time, forKey: .time)
        try values.encode("FieldsV1", forKey: .fieldsType)
        var fields: JSONValue = [:]
        for path in paths.sorted(by: { $0.lexicographicallyPrecedes($1) }) { fields.insert(path[...]) }
        try values.encode(fields, forKey: .fieldsV1)
    }

    /// A member without members of its own is what is owned; `.` stands for the object around it.
    private mutating func collect(_ fields: JSONValue, below path: [String]) {
        for (key, value) in fields.object ?? [:] where key.hasPrefix("f:") {
            let path = path + [String(key.dropFirst(2))]
            if value.object?.isEmpty ?? true { paths.insert(path) } else { collect(value, below: path) }
        }
    }
}

extension JSONValue {
    fileprivate mutating func insert(_ path: ArraySlice<String>) {
        guard let name = path.first, var members = object else { return }
        var inner = members["f:\(name)"] ?? [:]
        inner.insert(path.dropFirst())
        members["f:\(name)"] = inner
        self = .object(members)
    }
}
