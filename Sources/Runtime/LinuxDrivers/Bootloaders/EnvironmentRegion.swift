import Drivers

/// The place of one copy of an environment, on a device that is not all its own.
protocol EnvironmentRegion: Sendable {
    /// What errors call it.
    var name: String { get }
    /// How the newer of two copies on such a device is told.
    var scheme: UBootEnvironment.Scheme { get }
    func read() throws(DriverError) -> [UInt8]
    /// As many bytes as the region has.
    func write(_ bytes: [UInt8]) throws(DriverError)
    /// Turns one byte to 0, without writing any other.
    func clear(at offset: Int) throws(DriverError)
}

/// In a block device or a file.
struct BlockRegion: EnvironmentRegion {
    let path: String
    let offset: Int
    let size: Int
    let medium: any BootMedium

    var name: String { path }
    let scheme = UBootEnvironment.Scheme.counting

    func read() throws(DriverError) -> [UInt8] {
        let bytes = try medium.read(path, at: offset, count: size)
        guard let bytes, bytes.count == size else {
            throw DriverError(
                "ReadBootEnvironment", path,
                bytes == nil ? "there is no such device" : "it has no \(size) bytes from byte \(offset) on")
        }
        return bytes
    }

    func write(_ bytes: [UInt8]) throws(DriverError) { try medium.update(path, at: offset, with: bytes) }

    func clear(at place: Int) throws(DriverError) { try medium.overwrite(path, at: offset + place, with: [0]) }
}

/// In flash.
struct FlashRegion: EnvironmentRegion {
    let flash: any Flash
    let offset: Int
    let size: Int

    var name: String { flash.name }
    var scheme: UBootEnvironment.Scheme { flash.isNOR ? .marking : .counting }

    func read() throws(DriverError) -> [UInt8] { try flash.read(at: offset, count: size) }

    func write(_ bytes: [UInt8]) throws(DriverError) { try flash.update(at: offset, with: bytes) }

    func clear(at place: Int) throws(DriverError) { try flash.program([0], at: offset + place) }
}

/// U-Boot's own environment in one or two copies.
///
/// With two, the older one is written, so that there is a whole one at any time. With one, a power cut while it is
/// written leaves none, and U-Boot then uses the environment it was built with.
struct UBootEnvironmentStore: EnvironmentStore {
    let copies: [any EnvironmentRegion]
    private static let flagOffset = 4

    /// What else is in it is the board's, and cannot be made up.
    let isReplaceable = false

    private var hasFlag: Bool { copies.count > 1 }

    func load() throws(DriverError) -> BootVariables { try current().environment.variables }

    func save(_ variables: BootVariables) throws(DriverError) {
        let (index, environment) = try current()
        let target = hasFlag ? 1 - index : index
        let region = copies[target]
        let size = try region.read().count
        let flag: UInt8? = environment.flag.map { region.scheme == .counting ? $0 &+ 1 : 1 }
        guard let bytes = UBootEnvironment(flag: flag, variables: variables).bytes(size: size) else {
            throw .fullEnvironment(region.name, size)
        }
        try region.write(bytes)
        if hasFlag, region.scheme == .marking { try copies[index].clear(at: Self.flagOffset) }
        guard try load() == variables else {
            throw DriverError(
                "WriteBootEnvironment", region.name, "U-Boot would read the other copy; the storage is failing")
        }
    }

    private func current() throws(DriverError) -> (index: Int, environment: UBootEnvironment) {
        var found: [UBootEnvironment?] = []
        for copy in copies { found.append(UBootEnvironment(try copy.read(), hasFlag: hasFlag)) }
        guard let index = UBootEnvironment.current(found, copies[0].scheme), let environment = found[index] else {
            throw DriverError(
                "ReadBootEnvironment", copies[0].name,
                "there is no valid environment in it, and U-Boot uses the one it was built with; run saveenv in U-Boot"
                    + " once, and check PV_BOOTLOADER_UBOOTAB_ENV_OFFSET and _SIZE")
        }
        return (index, environment)
    }
}

/// The list of `UBootText` alone in flash (`PV_BOOTLOADER_MTD_ONLY`).
///
/// A power cut between erasing and writing leaves no variables.
struct FlashTextStore: EnvironmentStore {
    let flash: any Flash
    /// What upstream writes, in bytes.
    private static let maximumSize = 65_536

    let isReplaceable = true

    private var format: UBootText { UBootText(window: min(Self.maximumSize, flash.size)) }

    func load() throws(DriverError) -> BootVariables {
        guard let variables = format.variables(of: try flash.read(at: 0, count: format.window)) else {
            throw .damagedEnvironment(flash.name)
        }
        return variables
    }

    func save(_ variables: BootVariables) throws(DriverError) {
        guard let list = format.bytes(of: variables) else { throw .fullEnvironment(flash.name, format.window) }
        try flash.update(at: 0, with: list + Array(repeating: 0, count: format.window - list.count))
    }
}
