import JSON
import Model
import Store

/// A refusal as Kubernetes clients understand it (`spec/kube-api.md` §2, Errors).
struct KubeStatus: Error, Sendable, Equatable {
    enum Reason: String, Sendable {
        case badRequest = "BadRequest"
        case forbidden = "Forbidden"
        case notFound = "NotFound"
        case methodNotAllowed = "MethodNotAllowed"
        case alreadyExists = "AlreadyExists"
        case conflict = "Conflict"
        case expired = "Expired"
        case tooLarge = "RequestEntityTooLarge"
        case unsupportedMediaType = "UnsupportedMediaType"
        case invalid = "Invalid"
        case internalError = "InternalError"
        case unavailable = "ServiceUnavailable"
        case timeout = "Timeout"
        case tooManyRequests = "TooManyRequests"

        var status: HTTPStatus {
            switch self {
            case .badRequest: .badRequest
            case .forbidden: .forbidden
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .alreadyExists, .conflict: .conflict
            case .expired: .gone
            case .tooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .invalid: .unprocessable
            case .internalError: .internalError
            case .unavailable: .unavailable
            case .timeout: .gatewayTimeout
            case .tooManyRequests: .tooManyRequests
            }
        }
    }

    struct Cause: Sendable, Equatable {
        var reason: String
        var message: String
        var field: String
    }

    /// What it is about: the fields of `details`.
    struct Subject: Sendable, Equatable {
        var name = ""
        var group = ""
        var kind = ""
    }

    let reason: Reason
    let message: String
    var subject: Subject?
    var causes: [Cause] = []

    init(_ reason: Reason, _ message: String, about subject: Subject? = nil, causes: [Cause] = []) {
        self.reason = reason
        self.message = message
        self.subject = subject
        self.causes = causes
    }

    var response: Response { Response(reason.status, body: document.compactBytes()) }

    var document: JSONValue {
        var document: JSONObject = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "reason": .string(reason.rawValue),
        ]
        if let subject {
            var details: JSONObject = [:]
            for (key, value) in [("name", subject.name), ("group", subject.group), ("kind", subject.kind)]
            where !value.isEmpty { details[key] = .string(value) }
            if !causes.isEmpty { details["causes"] = .array(causes.map(\.document)) }
            document["details"] = .object(details)
        }
        document["code"] = .integer(Int64(reason.status.code))
        return .object(document)
    }
}

extension KubeStatus.Cause {
    fileprivate var document: JSONValue {
        ["reason": .string(reason), "message": .string(message), "field": .string(field)]
    }
}
