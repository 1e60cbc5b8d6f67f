import JSON
import Model

/// What a write asks for beside its document.
struct WriteOptions {
    /// What becomes of members that nobody knows, or that come twice.
    enum Validation: String, CaseIterable {
        case strict = "Strict"
        case warn = "Warn"
        case ignore = "Ignore"
    }

    private(set) var isDryRun = false
    /// Who writes, for `managedFields`.
    let manager: String
    /// Whether an apply takes members over that others own.
    let isForced: Bool
    let validation: Validation

    private static let managerLimit = 128

    init(_ head: Request.Head) throws(KubeStatus) {
        let query = head.target.query
        isForced = query.flag("force")
        let name = query["fieldValidation"] ?? Validation.warn.rawValue
        guard let validation = Validation(rawValue: name) else {
            let all = Validation.allCases.map(\.rawValue).joined(separator: ", ")
            throw KubeStatus(.badRequest, "fieldValidation must be one of \(all), not \(JSONValue.quoted(name))")
        }
        self.validation = validation
        manager = query["fieldManager"] ?? String(head.userAgent.prefix { $0 != "/" })
        guard manager.utf8.count <= WriteOptions.managerLimit, manager.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else {
            throw KubeStatus(
                .badRequest, "fieldManager must be at most \(WriteOptions.managerLimit) printable characters")
        }
        for value in query.all("dryRun") { try setDryRun(value) }
    }

    /// The options of a DELETE come in its body.
    mutating func take(deleteOptions: JSONValue) throws(KubeStatus) {
        for value in deleteOptions["dryRun"]?.array ?? [] { try setDryRun(value.string ?? value.summary) }
    }

    private mutating func setDryRun(_ value: String) throws(KubeStatus) {
        guard !value.isEmpty else { return }
        guard value == "All" else {
            throw KubeStatus(.badRequest, "dryRun must be All, not \(JSONValue.quoted(value))")
        }
        isDryRun = true
    }
}
