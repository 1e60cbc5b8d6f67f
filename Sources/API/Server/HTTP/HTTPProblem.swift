/// Why a request cannot even be routed.
enum HTTPProblem: Error, Equatable {
    /// Not HTTP, or HTTP that could be read in two ways.
    case malformed(String)
    case requestLineTooLong
    case headersTooLarge
    /// The client stopped in the middle of its request.
    case timeout

    var status: HTTPStatus {
        switch self {
        case .malformed: .badRequest
        case .requestLineTooLong: .uriTooLong
        case .headersTooLarge: .headersTooLarge
        case .timeout: .requestTimeout
        }
    }

    var text: String {
        switch self {
        case .malformed: "Unsupported protocol"
        case .requestLineTooLong: "Request line is too long"
        case .headersTooLarge: "Request headers are too large"
        case .timeout: "Request did not arrive in time"
        }
    }
}
