import CShims
package import Drivers

extension Capabilities {
    /// What this kernel can do.
    package static func discover() throws(DriverError) -> Capabilities {
        let devices = (Files.text("/proc/misc") ?? "").split(whereSeparator: \.isWhitespace)
        return Capabilities(
            controlGroups: try LinuxDrivers.ControlGroups.discover().version,
            hasOverlay: pv_has_filesystem("overlay"), hasDeviceMapper: devices.contains("device-mapper"))
    }
}
