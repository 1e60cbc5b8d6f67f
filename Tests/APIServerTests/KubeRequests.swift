import JSON
import Testing

/// Requests as kubectl sends them.
extension LiveServer {
    enum Patch: String {
        case merge = "application/merge-patch+json"
        case operations = "application/json-patch+json"
        case apply = "application/apply-patch+yaml"
    }

    func patch(_ path: String, _ type: Patch, _ body: String) async throws -> RawResponse {
        try await request("PATCH", path, headers: ["Content-Type: \(type.rawValue)"], body: body)
    }

    func apply(_ path: String, by manager: String, force: Bool = false, _ body: String) async throws -> RawResponse {
        try await patch("\(path)?fieldManager=\(manager)&force=\(force)&fieldValidation=Strict", .apply, body)
    }

    func post(_ path: String, _ body: String) async throws -> RawResponse {
        try await request("POST", path, headers: ["Content-Type: application/json"], body: body)
    }
}

extension RawResponse {
    /// The body as a value; null when it is none.
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }

    /// `field: message` of each cause of a refusal.
    var causes: [String] {
        (json["details"]?["causes"]?.array ?? []).map {
            "\($0["field"]?.string ?? ""): \($0["message"]?.string ?? "")"
        }
    }

    var warnings: [String] {
        headers.filter { $0.hasPrefix("Warning: ") }.map { String($0.dropFirst("Warning: ".count)) }
    }
}
