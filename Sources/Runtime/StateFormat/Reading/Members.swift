import JSON

/// The members of one object; it remembers which were asked for, to report the others.
final class Members {
    let place: Place
    private let object: JSONObject
    private let findings: Findings
    private var asked: Set<String> = []

    init(_ object: JSONObject, at place: Place, _ findings: Findings) {
        self.object = object
        self.place = place
        self.findings = findings
    }

    /// The member, or nil when it is missing or null.
    subscript(key: String) -> Field? {
        asked.insert(key)
        guard let value = object[key], !value.isNull else { return nil }
        return field(key, value)
    }

    /// The first of several spellings of one member that is there.
    subscript(keys: [String]) -> Field? {
        let found = keys.compactMap { self[$0] }
        if found.count > 1 {
            found.dropFirst().forEach { $0.warning("is another spelling of \(keys[0].quoted) and ignored") }
        }
        return found.first
    }

    /// The member; when it is missing, that is a problem with this remedy.
    func required(_ key: String, _ remedy: String) -> Field? {
        guard let field = self[key] else {
            findings.problem(place.appending(key), "is missing; \(remedy)")
            return nil
        }
        return field
    }

    /// Every member, for objects that are maps.
    func all(atMost limit: Int = StateLimits.list) -> [(key: String, field: Field)] {
        guard object.count <= limit else {
            findings.problem(place, "has \(object.count) members; at most \(limit) are allowed")
            return []
        }
        asked.formUnion(object.keys)
        return object.map { ($0.key, field($0.key, $0.value)) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// Where each member stands in the document.
    var positions: [String: Int] {
        Dictionary(object.keys.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
    }

    /// Warns of members that nobody asked for: they are kept, and do nothing.
    func warnOfUnknown() {
        for key in object.keys where !asked.contains(key) {
            findings.warning(place.appending(key), "is not known here and does nothing")
        }
    }

    /// Warns when the document says that it is of another format; upstream does not look.
    func expectFormat(_ format: String) {
        guard let field = self["#spec"], field.value != .string(format) else { return }
        field.warning("is \(field.value.summary); this is read as \(format.quoted)")
    }

    private func field(_ key: String, _ value: JSONValue) -> Field {
        Field(value: value, place: place.appending(key), findings: findings)
    }
}
