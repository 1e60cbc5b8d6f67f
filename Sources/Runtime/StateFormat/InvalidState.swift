package import JSON

/// A revision that cannot be used, with everything that is wrong with it.
package struct InvalidState: Error, Equatable, Sendable, CustomStringConvertible {
    /// In the order of their places; never empty.
    package let problems: [ManifestError]

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
