import CShims
import Glibc
import StateFormat

/// Brings up what containers expect of the network: loopback, and a bridge.
enum Network {
    /// - Returns: what went wrong.
    static func bringUp(_ settings: MachineSettings) -> [String] {
        var problems: [String] = []
        func check(_ result: Int32, _ what: String) -> Bool {
            if result != 0 { problems.append("\(what): \(String(cString: strerror(errno)))") }
            return result == 0
        }
        _ = check(pv_interface_up("lo"), "loopback")
        let name = settings.bridge
        guard !name.isEmpty, let address = IPv4Address(settings.bridgeAddress),
            let mask = IPv4Address(settings.bridgeMask)
        else { return problems }
        guard check(pv_add_bridge(name), "bridge \(name)"),
            check(pv_interface_address(name, address.number.bigEndian, mask.number.bigEndian), "address of \(name)"),
            check(pv_interface_up(name), "bridge \(name)")
        else { return problems }
        return problems
    }
}
