package import Model

/// Why the store refused: each case is one HTTP status, and says what to do.
package enum StoreError: Error, Sendable, Equatable {
    /// 404
    case notFound(ResourceKey)
    /// 409: it is there, perhaps waiting for its finalizers.
    case alreadyExists(ResourceKey)
    /// 409: it is no longer what the write was made from. Read it again and repeat.
    case conflict(ResourceKey)
    /// 422: `path` is the JSON pointer of the member, or the name of the query parameter.
    case invalid(path: String, reason: String)
    /// 410: what happened after this version is no longer known. List again.
    case expired(ResourceVersion)
    /// 507: the store is full.
    case tooMany(limit: Int)
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFound(let key): "\(key) not found"
        case .alreadyExists(let key): "\(key) already exists"
        case .conflict(let key): "\(key) was changed meanwhile; read it again and repeat the change"
        case .invalid(let path, let reason): "\(path): \(reason)"
        case .expired(let version): "resource version \(version) is too old or unknown; list again"
        case .tooMany(let limit): "there are \(limit) resources already, no more fit; delete some"
        }
    }
}
