import JSON

/// One resource as it was fetched, with the words explanations are made of.
struct Witness: Sendable, Equatable {
    let document: JSONValue

    var kind: String { document["kind"]?.string ?? "" }
    var name: String { document["metadata"]?["name"]?.string ?? "" }
    /// As on the command line: `container/web`.
    var title: String { "\(kind.lowercased())/\(name)" }

    func spec(_ field: String) -> JSONValue? { document["spec"]?[field] }
    func status(_ field: String) -> JSONValue? { document["status"]?[field] }
    func specText(_ field: String) -> String { spec(field)?.string ?? "" }
    func statusText(_ field: String) -> String { status(field)?.string ?? "" }
    func count(_ field: String) -> Int { Int(status(field)?.integer ?? 0) }

    var phase: String { statusText("phase") }
    var isAchieved: Bool { statusText("goal") == "ACHIEVED" }
    var order: Int64 { spec("order")?.integer ?? 0 }
    var isBeingDeleted: Bool { document["metadata"]?["deletionTimestamp"]?.string != nil }
    var finalizers: [String] { document["metadata"]?["finalizers"]?.strings ?? [] }

    var conditions: [Condition] {
        (status("conditions")?.array ?? []).map { Condition(document: $0) }
    }

    func condition(_ type: String) -> Condition? { conditions.first { $0.type == type } }

    struct Condition: Sendable, Equatable {
        let type: String
        let status: String
        let reason: String
        let message: String

        init(document: JSONValue) {
            type = document["type"]?.string ?? ""
            status = document["status"]?.string ?? ""
            reason = document["reason"]?.string ?? ""
            message = document["message"]?.string ?? ""
        }

        var isFalse: Bool { status == "False" }
        /// What it says, with the reason when there is no sentence.
        var text: String { message.isEmpty ? reason : message }
    }
}

/// Everything that was fetched to explain one resource.
struct Evidence: Sendable {
    private let witnesses: [Witness]

    init(_ documents: [JSONValue]) {
        witnesses = documents.map { Witness(document: $0) }
    }

    func all(_ kind: String) -> [Witness] { witnesses.filter { $0.kind == kind } }

    func find(_ kind: String, _ name: String) -> Witness? {
        witnesses.first { $0.kind == kind && $0.name == name }
    }

    /// Groups from the first to the last.
    var groups: [Witness] { all("Group").sorted { ($0.order, $0.name) < ($1.order, $1.name) } }
}
