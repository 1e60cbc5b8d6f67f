/// How times are written (PV_LOG_*_TIMESTAMP_FORMAT): `strftime:<format>`, or one of Go's layouts by its name.
package struct TimestampFormat: Sendable, Hashable {
    /// For strftime(3).
    package let format: String

    private static let named = [
        "golang:Layout": "%m/%d %H:%M:%S%p '%y %z", "golang:RubyDate": "%a %b %d %T %z %Y",
        "golang:ANSIC": "%a %b %e %T %Y", "golang:RFC822Z": "%d %b %y %H:%M %z",
        "golang:RFC1123Z": "%a, %d %b %Y %T %z",
    ]

    /// Nil for an unknown name.
    package init?(_ text: String) {
        if text.hasPrefix("strftime:") {
            format = String(text.dropFirst("strftime:".count))
        } else if let known = Self.named[text] {
            format = known
        } else {
            return nil
        }
        guard !format.isEmpty, format.utf8.count <= 64 else { return nil }
    }

    package static var allNames: String { (["strftime:<format>"] + named.keys.sorted()).joined(separator: ", ") }
}
