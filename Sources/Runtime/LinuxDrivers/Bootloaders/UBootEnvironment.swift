/// U-Boot's own environment, as `saveenv` and `fw_setenv` write it: a CRC32 of all that follows, where there are two
/// copies a flag that tells the newer one, then `key=value` entries each closed by a NUL, and zeros.
///
/// The sum and the flag are in no byte order but the machine's: this is for little-endian ones.
struct UBootEnvironment: Equatable {
    /// How the newer of two copies is told.
    enum Scheme: Sendable {
        /// It is the one with the greater flag, and 0 is greater than 255.
        case counting
        /// NOR flash: it has the flag 1, and the other one's was turned to 0, which needs no erasing.
        case marking
    }

    /// nil where there is only one copy.
    var flag: UInt8?
    var variables: BootVariables

    /// nil when the sum does not match, or what it covers is no list of variables.
    init?(_ bytes: [UInt8], hasFlag: Bool) {
        let header = hasFlag ? 5 : 4
        guard bytes.count > header, CRC32.of(bytes[header...]) == UBootEnvironment.number(bytes) else { return nil }
        flag = hasFlag ? bytes[4] : nil
        variables = BootVariables()
        var rest = bytes[header...]
        while let first = rest.first, first != 0 {
            let entry = rest.prefix { $0 != 0 }
            guard let sign = entry.firstIndex(of: UInt8(ascii: "=")), sign != entry.startIndex else { return nil }
            // Values may be any bytes but NUL; those that are no text would not survive being written again.
            guard let key = String(validating: entry[..<sign], as: UTF8.self),
                let value = String(validating: entry[(sign + 1)...], as: UTF8.self)
            else { return nil }
            variables.append(key, value)
            rest = rest.dropFirst(entry.count + 1)
        }
    }

    init(flag: UInt8?, variables: BootVariables) {
        self.flag = flag
        self.variables = variables
    }

    /// nil when they do not fit.
    func bytes(size: Int) -> [UInt8]? {
        let list = UBootText.list(variables)
        let header = flag == nil ? 4 : 5
        guard header + list.count <= size else { return nil }
        let data = list + Array(repeating: 0, count: size - header - list.count)
        let sum = CRC32.of(data)
        return (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) } + (flag.map { [$0] } ?? []) + data
    }

    private static func number(_ bytes: [UInt8]) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[$1]) << (8 * $1) }
    }

    /// Which of two copies U-Boot uses; nil when both are damaged.
    static func current(_ copies: [UBootEnvironment?], _ scheme: Scheme) -> Int? {
        guard let first = copies[0] else { return copies.count > 1 && copies[1] != nil ? 1 : nil }
        guard copies.count > 1, let second = copies[1], let one = first.flag, let two = second.flag else { return 0 }
        switch scheme {
        case .counting:
            if one == 255 && two == 0 { return 1 }
            if two == 255 && one == 0 { return 0 }
            return two > one ? 1 : 0
        case .marking: return (one == 0 && two == 1) || (one != 255 && two == 255) ? 1 : 0
        }
    }
}
