/// Where an API server listens.
package enum Endpoint: Sendable, Equatable, CustomStringConvertible {
    /// A unix stream socket, as an absolute or relative path of at most 107 bytes.
    case unix(path: String)
    case tcp(host: String, port: Int)

    package var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): "\(host):\(port)"
        }
    }
}
