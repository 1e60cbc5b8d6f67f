/// Which Host headers are taken: none, `localhost`, and the loopback forms that `pvcontrol proxy` passes on.
///
/// Anything else was meant for another server, or comes from a page in a browser that was tricked into calling us.
enum HostRule {
    static func allows(_ host: String?) -> Bool {
        guard let host, !host.isEmpty, host != "localhost" else { return true }
        for name in ["localhost", "127.0.0.1", "[::1]"] where host.hasPrefix(name) {
            let port = host.utf8.dropFirst(name.utf8.count)
            if port.isEmpty { return true }
            if port.first == UInt8(ascii: ":"), port.dropFirst().allSatisfy({ (48...57).contains($0) }) { return true }
        }
        return false
    }
}
