import Drivers
import Glibc

/// The log that liblxc writes for one container.
struct LXCLog: Sendable {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    var size: Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The last errors after an offset, in words; nil when there are none.
    func errors(after offset: Int) -> String? {
        // A log that cannot be read leaves the failure without its words, but it stays a failure.
        guard let bytes = try? Files.read(path, limit: 1 << 26) else { return nil }
        let text = String(decoding: bytes.dropFirst(offset).suffix(65_536), as: UTF8.self)
        let messages = text.split(separator: "\n").compactMap { LXCLog.error(in: $0) }
        return messages.isEmpty ? nil : messages.suffix(4).joined(separator: "; ")
    }

    /// The words of `<program> <name> <time> ERROR <part> - <file>:<function>:<line> - <words>`.
    static func error(in line: Substring) -> String? {
        let fields = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: true)
        guard fields.count == 5, fields[3] == "ERROR" || fields[3] == "FATAL" else { return nil }
        let parts = fields[4].split(separator: " ", omittingEmptySubsequences: false)
        let dashes = parts.indices.filter { parts[$0] == "-" }
        guard dashes.count >= 2 else { return String(fields[4]) }
        let words = parts[(dashes[1] + 1)...].joined(separator: " ")
        return words.hasPrefix("An error occurred in another process") ? nil : words
    }
}
