import CShims
package import Drivers
import Glibc

/// Finds out what this kernel can do.
package func discoverCapabilities() throws(DriverError) -> Capabilities {
    Capabilities(
        controlGroups: try ControlGroups.discover().version, hasOverlay: pv_has_filesystem("overlay"),
        hasDeviceMapper: Files.exists("/dev/mapper/control"))
}
