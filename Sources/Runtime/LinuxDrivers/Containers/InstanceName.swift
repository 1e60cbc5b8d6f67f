package import Drivers

/// Names the control groups of one Pantavisor on a host that may run several: `pantavisor-<hash of its run directory>`.
///
/// Below it `<container>/{payload,monitor,pivot}`; a process in `<container>` is the container's and nobody else's.
package struct InstanceName: Sendable, Hashable {
    package let text: String

    package init(text: String) {
        self.text = text
    }

    package init(_ layout: Layout) {
        // FNV-1a: the same after every restart.
        let hash = layout.run.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        text = "pantavisor-" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    func container(_ name: String) -> String { "\(text)/\(name)" }
    func payload(_ name: String) -> String { "\(text)/\(name)/payload" }
    func monitor(_ name: String) -> String { "\(text)/\(name)/monitor" }
    func pivot(_ name: String) -> String { "\(text)/\(name)/pivot" }
}
