package import Model
package import Store

/// Controllers that do not fit together.
///
/// Found once, when the engine is made.
package enum EngineError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Two controllers want to write the same part of a kind, so neither could trust what it wrote.
    case twoWriters(of: KindName, part: Output.Part, first: String, second: String)
    /// Two controllers have one name, so nobody could tell their logs and events apart.
    case sameName(String)
    /// The store cannot be watched.
    case store(StoreError)

    package var description: String {
        switch self {
        case .twoWriters(let kind, let part, let first, let second):
            "\(first) and \(second) both write the \(part.rawValue) of \(kind): take the output from one of them"
        case .sameName(let name):
            "two controllers are called \(name): rename one of them"
        case .store(let error): error.description
        }
    }
}
