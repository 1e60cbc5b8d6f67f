package import Drivers

/// What is mounted in this mount namespace (`/proc/self/mountinfo`, proc(5)).
package enum MountTable {
    package struct Entry: Sendable, Hashable {
        package var id: Int
        /// Which filesystem: `<major>:<minor>`.
        package var device: String
        /// The directory of the filesystem that is mounted.
        package var root: String
        package var mountPoint: String
        package var filesystem: String
        package var source: String
        /// The filesystem's own options.
        package var options: [String]
    }

    package static func read() throws(DriverError) -> [Entry] {
        guard let bytes = try Files.read("/proc/self/mountinfo", limit: 1 << 24) else {
            throw DriverError("ReadMounts", "/proc/self/mountinfo", "/proc is not mounted")
        }
        return parse(String(decoding: bytes, as: UTF8.self))
    }

    package static func parse(_ text: String) -> [Entry] {
        text.split(separator: "\n").compactMap { entry(String($0)) }
    }

    /// Reads `36 35 98:0 /root /mount/point options [optional …] - type source super-options`.
    private static func entry(_ line: String) -> Entry? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 3, let id = Int(fields[0]) else {
            return nil
        }
        let options = fields.count > dash + 3 ? fields[dash + 3] : ""
        return Entry(
            id: id, device: fields[2], root: unescape(fields[3]), mountPoint: unescape(fields[4]),
            filesystem: fields[dash + 1],
            source: unescape(fields[dash + 2]), options: options.split(separator: ",").map(String.init))
    }

    /// Space, tab, newline and backslash are written as three octal digits.
    static func unescape(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (48...55).contains($0) }) {
                bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 48) })
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
