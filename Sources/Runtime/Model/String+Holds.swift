extension StringProtocol {
    /// Whether a text occurs in this one, byte by byte.
    ///
    /// The standard `contains` with a text brings an engine for regular expressions into the executable, 1 MB of it; the
    /// package's settings leave it out.
    package func holds(_ part: some StringProtocol) -> Bool {
        let text = Array(utf8)
        let part = Array(part.utf8)
        guard part.count <= text.count else { return false }
        return (0...text.count - part.count).contains { text[$0...].starts(with: part) }
    }
}
