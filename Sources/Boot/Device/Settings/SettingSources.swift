import Model

/// Everything that says something about settings, but for the running revision and what users say.
struct SettingSources {
    typealias Reader = (String) throws(SettingError) -> [UInt8]?

    /// The configuration file.
    var file = RuntimeSettings.defaultFile
    /// What the bootloader said; nil = on a host, where that is none of ours.
    var commandLine: KernelCommandLine?
    var environment: [String: String] = [:]
    /// Options of the command line, as settings.
    var options: [ConfigLine] = []
    /// Gives a file's bytes, nil when there is none.
    var read: Reader = readWholeFile

    /// From `pantavisor runtime`'s or `appengine`'s own words: `--config FILE`, `--machine`, and settings.
    init(
        arguments: [String], environment: [String: String], read: @escaping Reader = readWholeFile
    ) throws(SettingError) {
        self.environment = environment
        self.read = read
        var rest = arguments
        if let index = rest.firstIndex(of: "--config") {
            guard index + 1 < rest.count else {
                throw SettingError(place: "--config", reason: "needs a value: --config FILE")
            }
            file = rest[index + 1]
            rest.removeSubrange(index...(index + 1))
            guard try read(file) != nil else { throw SettingError(place: file, reason: "there is no such file") }
        }
        if let index = rest.firstIndex(of: Self.machineOption) {
            rest.remove(at: index)
            commandLine = .ofThisMachine
        }
        options = try Self.options(rest)
    }

    init(commandLine: KernelCommandLine?, environment: [String: String], read: @escaping Reader = readWholeFile) {
        self.commandLine = commandLine
        self.environment = environment
        self.read = read
    }

    /// What makes a runtime look at the kernel's command line, as the first process of its machine did.
    static let machineOption = "--machine"

    /// `--option value` and `--option=value`; anything else is an error that names the options there are.
    static func options(_ arguments: [String]) throws(SettingError) -> [ConfigLine] {
        var lines: [ConfigLine] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let setting = SettingKey.all.first(where: { $0.option == parts[0] }) else {
                let options = SettingKey.all.compactMap(\.option).joined(separator: ", ")
                throw SettingError(place: argument, reason: "unknown option; there are --config, \(options)")
            }
            guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else {
                throw SettingError(place: argument, reason: "needs a value: \(parts[0]) \(setting.placeholder)")
            }
            lines.append(ConfigLine(key: setting.key, value: value, place: parts[0]))
        }
        return lines
    }
}
