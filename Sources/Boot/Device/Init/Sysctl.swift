import LinuxDrivers

/// A value for the kernel: `PV_SYSCTL_NET_IPV4_IP_FORWARD` is one for /proc/sys/net/ipv4/ip_forward.
struct Sysctl: Sendable, Equatable {
    static let prefix = "PV_SYSCTL_"
    static let longestValue = 1024

    let key: String
    let value: String
    /// The words of the key, as they stand.
    private let words: [String]

    init?(key: String, value: String) {
        let words = key.dropFirst(Sysctl.prefix.count).lowercased().split(
            separator: "_", omittingEmptySubsequences: false
        ).map(String.init)
        let areFine = words.allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 45 }
        }
        guard key.hasPrefix(Sysctl.prefix), areFine, words.count > 1, words.count <= 16,
            value.utf8.count <= Sysctl.longestValue
        else { return nil }
        self.key = key
        self.value = value
        self.words = words
    }

    /// The file that is meant, or nil when there is none.
    ///
    /// Names in /proc/sys have underscores of their own, so every way to cut the words is tried, shallow names first.
    /// - Parameters:
    ///   - isDirectory: whether a path is a directory.
    ///   - exists: whether there is anything.
    func path(isDirectory: (String) -> Bool, exists: (String) -> Bool) -> String? {
        func search(_ base: String, _ rest: ArraySlice<String>) -> String? {
            let whole = "\(base)/\(rest.joined(separator: "_"))"
            if exists(whole), !isDirectory(whole) { return whole }
            for count in stride(from: rest.count - 1, to: 0, by: -1) {
                let directory = "\(base)/\(rest.prefix(count).joined(separator: "_"))"
                guard isDirectory(directory) else { continue }
                if let path = search(directory, rest.dropFirst(count)) { return path }
            }
            return nil
        }
        return search("/proc/sys", words[...])
    }

    /// - Returns: what went wrong.
    func apply() -> String? {
        guard let path = path(isDirectory: Files.isDirectory, exists: Files.exists) else {
            return "\(key): this kernel has no such setting"
        }
        return Files.poke(path, value) ? nil : "\(key): the kernel refuses \"\(value)\" for \(path)"
    }
}
