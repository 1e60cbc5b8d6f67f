import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Why no usable answer came.
///
/// An answer with an error status is no `ClientError`: it is an `APIResponse`.
package enum ClientError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no such socket.
    case notFound(Endpoint)
    /// The socket exists, but nobody listens.
    case refused(Endpoint)
    case permissionDenied(Endpoint)
    /// The server closed the connection before it had answered in full.
    case closed(Endpoint)
    case timedOut(Endpoint, doing: String)
    /// The server did not speak HTTP, or not as agreed.
    case protocolViolation(Endpoint, detail: String)
    /// What was to be sent could not be read.
    case badUpload(String)
    case other(Endpoint, detail: String)

    package var description: String {
        switch self {
        case .notFound(let endpoint): "\(endpoint) not found"
        case .refused(let endpoint): "\(endpoint): connection refused: nobody listens there (is pantavisor running?)"
        case .permissionDenied(let endpoint): "\(endpoint): permission denied"
        case .closed(let endpoint): "\(endpoint): the server closed the connection before it had answered"
        case .timedOut(let endpoint, let activity): "\(endpoint): timed out \(activity)"
        case .protocolViolation(let endpoint, let detail): "\(endpoint): not a valid answer: \(detail)"
        case .badUpload(let detail): detail
        case .other(let endpoint, let detail): "\(endpoint): \(detail)"
        }
    }
}

extension ClientError {
    /// Whether the server may be back soon: a runtime that restarts closes its connections, then refuses for a moment.
    package var mayComeBack: Bool {
        switch self {
        case .closed, .refused, .notFound: true
        case .permissionDenied, .timedOut, .protocolViolation, .badUpload, .other: false
        }
    }

    /// What a failure below HTTP means for the caller.
    init(_ error: any Error, at endpoint: Endpoint) {
        switch error {
        case let error as ClientError: self = error
        case let error as IOError: self.init(errno: error.errnoCode, at: endpoint)
        case let error as NIOConnectionError:
            let cause = error.connectionErrors.first?.error
            self = cause.map { ClientError($0, at: endpoint) } ?? .refused(endpoint)
        case ChannelError.connectTimeout: self = .timedOut(endpoint, doing: "connecting")
        case is ChannelError, HTTPParserError.invalidEOFState: self = .closed(endpoint)
        case SocketAddressError.unixDomainSocketPathTooLong:
            self = .other(endpoint, detail: "the path of a socket has at most 107 bytes")
        case let error: self = .protocolViolation(endpoint, detail: "\(error)")
        }
    }

    private init(errno code: Int32, at endpoint: Endpoint) {
        switch code {
        case ENOENT: self = .notFound(endpoint)
        case ECONNREFUSED, ENOTSOCK: self = .refused(endpoint)
        case EACCES, EPERM: self = .permissionDenied(endpoint)
        case ECONNRESET, EPIPE: self = .closed(endpoint)
        case ETIMEDOUT: self = .timedOut(endpoint, doing: "connecting")
        default: self = .other(endpoint, detail: String(cString: strerror(code)))
        }
    }
}
