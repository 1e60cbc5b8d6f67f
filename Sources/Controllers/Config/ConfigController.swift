package import Drivers
package import Engine
import JSON
package import Model

/// Works out the configuration that counts, from what was said at start, by the running revision, by users and by
/// commands; who takes back what he said brings back what was said before.
package struct ConfigController: Controller {
    package typealias Subject = Config

    package enum Action: Sendable, Equatable, CustomStringConvertible {
        /// Reads the device maker's settings of a revision.
        case readOEM(revision: String, path: String)
        /// Writes down what commands set, for a runtime that takes this one's place.
        case remember([String: String])

        package var description: String {
            switch self {
            case .remember(let commands): "remember \(commands.count) settings by command"
            case .readOEM(_, let path): "read \(path)"
            }
        }
    }

    package static let name = "config"
    package static let inputs: [Input] = [
        .mapping(UserMeta.self) { _, _ in [Config.selfName] },
        .mapping(Device.self) { _, _ in [Config.selfName] },
    ]
    package static let outputs: [Output] = [.status(of: Config.self)]

    static let commandsRecord = ".commands"

    private let storage: any StorageDriver
    private let journal: any JournalDriver
    private let layout: Layout
    private let settings: ConfigurationSettings

    package init(
        storage: any StorageDriver, journal: any JournalDriver, layout: Layout, settings: ConfigurationSettings
    ) {
        self.storage = storage
        self.journal = journal
        self.layout = layout
        self.settings = settings
    }

    package func plan(_ config: Resource<Config>, in world: World) -> Plan<Config, Action> {
        var status = config.status
        var warnings = settings.warnings
        var entries = settings.entries
        if let oem = status.oem {
            entries += oem.entries
            warnings += oem.warnings
        }
        let data = world.get(UserMeta.self, UserMeta.selfName)?.spec.data ?? [:]
        take(data, .metadata, "user metadata", into: &entries, &warnings)
        take(config.spec.commands, .command, "command", into: &entries, &warnings)
        status.take(ConfigKey.effective(entries), warnings)
        var actions: [Action] = []
        let revision = world.get(Device.self, Device.selfName)?.status.currentRevision
        if let directory = settings.oemDirectory, let revision, status.oem?.revision != revision {
            let path = "\(layout.trail(revision))/\(directory)/\(settings.policy ?? "default").config"
            actions.append(.readOEM(revision: revision, path: path))
        }
        if config.spec.commands != status.journaled { actions.append(.remember(config.spec.commands)) }
        return Plan(status: status == config.status ? nil : status, actions: actions)
    }

    /// Metadata is for many things: what is no setting there is no mistake.
    private func take(
        _ said: [String: String], _ level: ConfigLevel, _ place: String, into entries: inout [ConfigEntry],
        _ warnings: inout [String]
    ) {
        for (key, value) in said.sorted(by: { $0.key < $1.key }) {
            do throws(ConfigProblem) {
                entries.append(try ConfigKey.admit(ConfigLine(key: key, value: value, place: place), at: level))
            } catch {
                let isSetting = level == .command || ["PV_", "PH_"].contains { key.uppercased().hasPrefix($0) }
                if isSetting || error.cause == .invalid { warnings.append(error.description) }
            }
        }
    }

    package func perform(_ action: Action) async throws(DriverError) -> Facts<Config> {
        switch action {
        case .remember(let commands):
            let record = JSONObject(commands.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            try await journal.write(.object(record), as: Self.commandsRecord)
            return Facts { $0.journaled = commands }
        case .readOEM(let revision, let path):
            var oem = Config.OEM(revision: revision)
            let bytes = try await storage.read(path, limit: 64 << 10) ?? []
            for line in ConfigLine.lines(of: String(decoding: bytes, as: UTF8.self), named: path) {
                do throws(ConfigProblem) {
                    oem.entries.append(try ConfigKey.admit(line, at: .oem))
                } catch {
                    oem.warnings.append(error.description)
                }
            }
            return Facts { [oem] in $0.oem = oem }
        }
    }
}

/// What was said when the runtime was started.
package struct ConfigurationSettings: Sendable, Equatable {
    /// Of two at one level the last counts.
    package var entries: [ConfigEntry]
    package var warnings: [String]

    package init(entries: [ConfigEntry] = [], warnings: [String] = []) {
        self.entries = entries
        self.warnings = warnings
    }

    fileprivate var oemDirectory: String? { name("PV_OEM_NAME") }
    fileprivate var policy: String? { name("PV_POLICY") }

    /// A part of a path, which must not lead out of the trail.
    private func name(_ key: String) -> String? {
        guard let name = ConfigKey.effective(entries)[key]?.value, !name.isEmpty, !name.hasPrefix("."),
            !name.utf8.contains(UInt8(ascii: "/"))
        else { return nil }
        return name
    }
}

extension Config.Status {
    fileprivate mutating func take(_ effective: [String: ConfigEntry], _ warnings: [String]) {
        // So many that nobody reads them all, and no user's metadata makes more of them.
        self.warnings = Array(warnings.prefix(100))
        values = effective.mapValues { entry in
            !entry.value.isEmpty && ConfigKey.secrets.contains(entry.key) ? Config.hidden : entry.value
        }
        let said = effective.filter { $0.value.level != .fallback }
        levels = said.mapValues(\.level.rawValue)
        places = said.mapValues(\.place)
    }
}

extension Resource<Config> {
    /// A number, when the configuration has one for this key.
    func take(_ key: String, into setting: inout Int) {
        if let number = said(key).flatMap({ Int($0) }) { setting = number }
    }

    func take(_ key: String, into setting: inout Bool) {
        if let value = said(key) { setting = value == "1" }
    }

    /// Defaults are the program's own business: a test's or a simulation's are others.
    private func said(_ key: String) -> String? { status.levels[key] == nil ? nil : status.values[key] }
}
