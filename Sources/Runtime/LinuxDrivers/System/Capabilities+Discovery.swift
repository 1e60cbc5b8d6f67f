package import Drivers

extension Capabilities {
    /// What this kernel can do, as /proc tells it.
    package static func discover() throws(DriverError) -> Capabilities {
        func names(_ path: String) -> Set<Substring> {
            Set((Files.text(path) ?? "").split(whereSeparator: \.isWhitespace))
        }
        return Capabilities(
            controlGroups: try LinuxDrivers.ControlGroups.discover().version,
            hasOverlay: names("/proc/filesystems").contains("overlay"),
            hasDeviceMapper: names("/proc/misc").contains("device-mapper"))
    }
}
