/// A document that cannot be used: where (a JSON pointer, RFC 6901) and why, with the remedy.
package struct ManifestError: Error, Equatable, Sendable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path.isEmpty ? "/" : path): \(reason)" }
}
