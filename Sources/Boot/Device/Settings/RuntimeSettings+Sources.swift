import Glibc
import LinuxDrivers

extension RuntimeSettings {
    static let defaultFile = "/etc/pantavisor.config"

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
        if let bytes = try readWholeFile(file) {
            try apply(file: String(decoding: bytes, as: UTF8.self), named: file)
        } else if file != Self.defaultFile {
            throw SettingError(place: file, reason: "there is no such file")
        }
        try apply(environment: environmentVariables())
        try apply(arguments: rest)
        logServer.layout = layout
        logServer.revision = revision
    }
}

/// The bytes of a file of at most 16 MiB; nil when there is none, or when it is a directory.
func readWholeFile(_ file: String) throws(SettingError) -> [UInt8]? {
    func failure() -> SettingError {
        SettingError(place: file, reason: "cannot be read: \(String(cString: strerror(errno)))")
    }
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw failure()
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EISDIR { return nil }
        guard count >= 0 else { throw failure() }
        if count == 0 { return bytes }
        bytes += chunk.prefix(count)
        guard bytes.count <= 16 << 20 else { throw SettingError(place: file, reason: "longer than 16 MiB") }
    }
}

extension SettingKey {
    static var helpText: String {
        let options = all.compactMap { setting in
            setting.option.map {
                "  \($0) \(setting.placeholder)".padded(to: 26) + "\(setting.help) [\(setting.key)]"
            }
        }
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
