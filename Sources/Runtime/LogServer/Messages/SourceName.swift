/// Makes names that clients choose into names of files.
package enum SourceName {
    private static let maximumLength = 64
    /// For messages that do not say where they come from.
    package static let unknown = "unknown-app"
    /// Where the log server speaks about a container itself.
    package static let logServer = "pv-log"
    /// For what comes from more sources than a container may have.
    package static let others = "others"
    /// First parts of paths that only the device itself writes below.
    private static let reserved: Set<String> = ["lxc", "pv-log", "others", "dmesg", "pantavisor.log"]

    /// One path component of letters, digits and `._-+@:`, never a hidden file, a rotated one, or one of the device's.
    package static func clean(_ raw: some Collection<UInt8>) -> String {
        let name = component(raw)
        guard !name.isEmpty else { return unknown }
        return reserved.contains(name) || RotatedName(name) != nil ? name + "_" : name
    }

    /// The path of a followed file as a relative path below the container's logs.
    package static func clean(path: String) -> String {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { component($0) }.filter { !$0.isEmpty }
        guard let first = parts.first, let last = parts.last else { return unknown }
        let joined = parts.prefix(8).joined(separator: "/")
        let isTaken = reserved.contains(first) || RotatedName(last) != nil
        return isTaken ? joined + "_" : joined
    }

    private static func component(_ raw: some Collection<UInt8>) -> String {
        var bytes = raw.prefix(maximumLength).map { isPlain($0) ? $0 : UInt8(ascii: "_") }
        if bytes.first == UInt8(ascii: ".") { bytes[0] = UInt8(ascii: "_") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: "+"):
            true
        default: false
        }
    }
}
