import Glibc
import LinuxDrivers
import Model

extension RuntimeSettings {
    static let defaultFile = "/etc/pantavisor.config"

    /// Everything that was said; on a host, where somebody can mend it, what is wrong is an error.
    init(arguments: [String]) throws(SettingError) {
        let sources = try SettingSources(arguments: arguments, environment: environmentVariables())
        self = try RuntimeSettings(sources)
    }

    init(_ sources: SettingSources) throws(SettingError) {
        let composed = ComposedSettings(sources)
        if sources.commandLine == nil, let problem = composed.problems.first(where: \.isError) {
            throw SettingError(place: problem.place, reason: problem.reason)
        }
        self = composed.settings
    }

    /// - Returns: what is allowed, when the value is not.
    mutating func apply(_ entry: ConfigEntry) -> String? {
        if entry.key.hasPrefix(Sysctl.prefix) { return machine.set(sysctl: entry.key, to: entry.value) }
        return SettingKey.all.first { $0.key == entry.key }?.apply(&self, entry.value)
    }
}

extension ConfigProblem {
    /// Whether somebody meant something that does not come true; a key of another program is none.
    var isError: Bool {
        switch cause {
        case .noValue, .invalid: true
        case .unknown, .misplaced: false
        }
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
