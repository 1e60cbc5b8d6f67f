/// The first 4096 bytes of a FIT partition: `fit_rev=` and the revision, then zeros; the FIT image follows.
enum FitHeader {
    static let size = 4096
    private static let key = Array("fit_rev=".utf8)

    /// nil when it is no such header.
    static func revision(of bytes: [UInt8]) -> String? {
        guard bytes.starts(with: key) else { return nil }
        let value = bytes[key.count...].prefix { $0 != 0 && $0 != 0xFF }
        return value.isEmpty ? nil : String(validating: value, as: UTF8.self)
    }

    static func bytes(of revision: String) -> [UInt8] {
        let text = key + Array(revision.utf8)
        return text + Array(repeating: 0, count: size - text.count)
    }
}
