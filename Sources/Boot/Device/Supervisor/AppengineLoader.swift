import Drivers
import FakeDrivers
import Glibc
import LinuxDrivers

/// Stands in for the boot loader where there is none: chooses the revision of each boot from `boot/uboot.txt`.
struct AppengineLoader {
    private let settings: RuntimeSettings
    private let environment: OwnLoaderEnvironment
    private var loader = LoaderModel()

    init(_ settings: RuntimeSettings) {
        self.settings = settings
        environment = OwnLoaderEnvironment(settings.layout)
    }

    /// Begins a boot: gives the runtime's arguments that say what was booted.
    ///
    /// What the journal has of an earlier boot is forgotten, as a reboot would do.
    mutating func boot() throws(DriverError) -> [String] {
        let state = try environment.state(factory: settings.revision)
        let trails = settings.layout
        let revision = loader.boot(state) { access(trails.stateFile($0), F_OK) == 0 } ?? state.revision
        try forgetEarlierBoots()
        return ["--revision", revision]
    }

    /// Records of containers are not the boot's: those that still run are adopted.
    private func forgetEarlierBoots() throws(DriverError) {
        let directory = settings.layout.journal
        guard let stream = opendir(directory) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix("."), name.hasSuffix(".json") else { continue }
            guard unlink("\(directory)/\(name)") == 0 || errno == ENOENT else {
                throw DriverError("BeginBoot", "\(directory)/\(name)", errno: errno, String(cString: strerror(errno)))
            }
        }
    }
}
