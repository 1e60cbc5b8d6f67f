/// Loads and unloads kernel modules, with what they depend on.
package protocol KernelModuleDriver: Sendable {
    /// Those of `names` that the kernel has, also as parts of itself.
    func loaded(of names: [String]) async throws(DriverError) -> Set<String>

    /// Succeeds at once when it is loaded.
    func load(_ module: KernelModule) async throws(DriverError)

    /// Succeeds at once when it is not loaded.
    func unload(_ name: String) async throws(DriverError)
}

/// A module and its options, as the BSP writes them: `mac80211_hwsim radios=2`.
package struct KernelModule: Sendable, Equatable {
    package var name: String
    package var options: [String]

    package init(_ name: String, options: [String] = []) {
        self.name = name
        self.options = options
    }

    /// Nil when it does not begin with the name of a module.
    package init?(line: String) {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let name = words.first, name.utf8.first != UInt8(ascii: "-"), name.utf8.count <= 64,
            name.utf8.allSatisfy(Self.isAllowed)
        else { return nil }
        self.init(name, options: Array(words.dropFirst()))
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
