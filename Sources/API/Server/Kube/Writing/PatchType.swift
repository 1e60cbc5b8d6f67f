import JSON

/// What a patch can be written as, by its media type.
enum PatchType: String, CaseIterable {
    case operations = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case apply = "application/apply-patch+yaml"

    init?(mediaType: String) {
        // The younger name of the same: what is applied here is JSON.
        self.init(rawValue: mediaType == "application/apply-patch+json" ? PatchType.apply.rawValue : mediaType)
    }

    /// Of the body, for OpenAPI.
    ///
    /// What is listed there kubectl uses, so nothing else may be.
    var schema: JSONValue {
        switch self {
        case .operations: ["type": "array", "items": ["type": "object"]]
        case .merge, .apply: ["type": "object"]
        }
    }
}
