/// A document that cannot be used: where (a JSON pointer, RFC 6901) and why, with the remedy.
package struct ManifestError: Error, Equatable, Sendable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// One line, whatever the document's names hold.
    package var description: String { "\(path.isEmpty ? "/" : path.escapingControls()): \(reason.escapingControls())" }
}

extension String {
    /// With `\u000A` for characters that would break a line or a terminal.
    func escapingControls() -> String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            guard scalar.isControl else {
                text.unicodeScalars.append(scalar)
                return
            }
            let digits = String(scalar.value, radix: 16, uppercase: true)
            text += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
    }
}

extension Unicode.Scalar {
    /// Characters that no file name should have: they break logs, terminals and line-based files.
    package var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
