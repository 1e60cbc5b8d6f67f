import JSON

/// Where a value is, as a list from the leaf up.
///
/// Extending it costs the same however long the names above are; it becomes a pointer only when there is something to
/// report. A hostile document could make eager pointers cost more than its own size by orders of magnitude.
final class Place: Sendable {
    private let parent: Place?
    private let key: String

    private init(_ parent: Place?, _ key: String) {
        self.parent = parent
        self.key = key
    }

    static let root = Place(nil, "")

    func appending(_ key: String) -> Place { Place(self, key) }
    func appending(_ index: Int) -> Place { Place(self, String(index)) }

    var pointer: JSONPointer { JSONPointer(tokens) }

    private var tokens: [String] {
        guard let parent else { return [] }
        return parent.tokens + [key]
    }
}
