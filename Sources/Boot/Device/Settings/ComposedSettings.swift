/// The settings of a machine, from everything that says something: defaults, `pantavisor.config`, the kernel's command
/// line, the environment.
///
/// What cannot be used is reported and left out: a machine has nobody to ask, and must come up.
struct ComposedSettings: Equatable {
    private(set) var settings = RuntimeSettings()
    private(set) var problems: [SettingError] = []
    /// The accepted texts of settings that the runtime takes as options.
    private var options: [String: String] = [:]

    /// - Parameter file: its text and its name.
    init(
        file: (text: String, name: String)?, commandLine: KernelCommandLine, environment: [String: String]
    ) {
        // On a machine of its own everything has the place that configurations expect.
        take(SettingEntry(key: "PV_DISK_VOLDIR", value: "/volumes", place: "default"))
        take(SettingEntry(key: "PV_DISK_EXPORTSDIR", value: "/exports", place: "default"))
        take(SettingEntry(key: "PV_BOOTLOADER_TYPE", value: "uboot", place: "default"))
        if let file { SettingEntry.entries(of: file.text, named: file.name).forEach { take($0) } }
        commandLine.entries.forEach { take($0) }
        for (key, value) in environment.sorted(by: { $0.key < $1.key }) where key.hasPrefix("PV_") {
            take(SettingEntry(key: key, value: value, place: "environment"))
        }
    }

    private mutating func take(_ entry: SettingEntry) {
        do throws(SettingError) {
            guard try settings.apply(entry) else { return }
            options[entry.key] = entry.value
        } catch {
            problems.append(error)
        }
    }

    /// With the file and the environment that there are.
    static func ofThisMachine(_ commandLine: KernelCommandLine) -> ComposedSettings {
        let name = RuntimeSettings.defaultFile
        let environment = environmentVariables()
        do throws(SettingError) {
            let file = try readWholeFile(name).map { (String(decoding: $0, as: UTF8.self), name) }
            return ComposedSettings(file: file, commandLine: commandLine, environment: environment)
        } catch {
            var composed = ComposedSettings(file: nil, commandLine: commandLine, environment: environment)
            composed.problems.append(error)
            return composed
        }
    }

    /// What makes a runtime see the same values, whatever file or environment it finds.
    var runtimeArguments: [String] {
        let words = SettingKey.all.compactMap { setting -> String? in
            guard let option = setting.option, let text = options[setting.key] else { return nil }
            return "\(option)=\(text)"
        }
        return ["--config", "/dev/null"] + words
    }
}
