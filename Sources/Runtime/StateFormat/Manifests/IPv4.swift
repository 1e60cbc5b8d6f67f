/// An IPv4 address.
package struct IPv4Address: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var number: UInt32

    package init(number: UInt32) {
        self.number = number
    }

    /// Four decimal numbers without leading zeros; nil for anything else.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        number = 0
        for part in parts {
            guard let octet = UInt8(decimal: Substring(part)) else { return nil }
            number = number << 8 | UInt32(octet)
        }
    }

    package static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.number < right.number }

    package var description: String {
        [24, 16, 8, 0].map { String(number >> $0 & 255) }.joined(separator: ".")
    }
}

/// A range of addresses, as `10.0.3.0/24`.
package struct IPv4Network: Sendable, Hashable, CustomStringConvertible {
    package let address: IPv4Address
    /// 8 to 30: below there is no room for a gateway and a container.
    package let prefix: Int

    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(String(Substring(parts[0]))),
            let prefix = UInt8(decimal: Substring(parts[1])), (8...30).contains(prefix)
        else { return nil }
        self.prefix = Int(prefix)
        self.address = IPv4Address(number: address.number & ~(UInt32.max >> prefix))
    }

    package var lastAddress: IPv4Address { IPv4Address(number: address.number | UInt32.max >> UInt32(prefix)) }

    /// Whether a host can have this address: neither the network's own nor the broadcast address.
    package func hasRoom(for host: IPv4Address) -> Bool { address < host && host < lastAddress }

    package var description: String { "\(address)/\(prefix)" }
}

extension UInt8 {
    /// Decimal digits only, without leading zeros: some parsers read those as octal.
    fileprivate init?(decimal text: Substring) {
        let digits = text.utf8
        guard (1...3).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }),
            digits.count == 1 || digits.first != 48
        else { return nil }
        self.init(text)
    }
}

/// A 48-bit hardware address in its usual form; nil for anything else.
package func hardwareAddress(_ text: String) -> String? {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let isHex = { (byte: UInt8) in (48...57).contains(byte) || (97...102).contains(byte | 32) }
    return parts.count == 6 && parts.allSatisfy { $0.count == 2 && $0.allSatisfy(isHex) } ? text.lowercased() : nil
}
