import Glibc

extension RuntimeSettings {
    private static let defaultFile = "/etc/pantavisor.config"
    private static let maximumFileBytes = 1 << 20

    /// Everything that was said, by precedence: defaults, configuration file, environment, command line.
    init(arguments: [String]) throws(SettingError) {
        self.init()
        var rest = arguments
        var file = Self.defaultFile
        if let index = rest.firstIndex(of: "--config") {
            guard index + 1 < rest.count else {
                throw SettingError(place: "--config", reason: "needs a value: --config FILE")
            }
            file = rest[index + 1]
            rest.removeSubrange(index...(index + 1))
        }
        if let text = try Self.content(of: file, isRequired: file != Self.defaultFile) {
            try apply(file: text, named: file)
        }
        try apply(environment: environmentVariables())
        try apply(arguments: rest)
    }

    private static func content(of file: String, isRequired: Bool) throws(SettingError) -> String? {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT, !isRequired { return nil }
            throw SettingError(place: file, reason: "cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &chunk, chunk.count)
            guard count >= 0 else {
                throw SettingError(place: file, reason: "cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk.prefix(count)
            guard bytes.count <= maximumFileBytes else {
                throw SettingError(place: file, reason: "longer than 1 MiB; this is no configuration file")
            }
        }
    }
}

extension SettingKey {
    static var helpText: String {
        let options = all.map { "  \($0.option) \($0.placeholder)".padded(to: 26) + "\($0.help) [\($0.key)]" }
        let lines =
            ["usage: pantavisor appengine [OPTION VALUE]…", "  --config FILE".padded(to: 26) + "KEY=value lines"]
            + options
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
