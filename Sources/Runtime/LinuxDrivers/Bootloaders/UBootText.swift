import Drivers

/// `uboot.txt` and `rpiab.txt`: `key=value` after `key=value`, each closed by a NUL, the list by one more, and zeros up
/// to the end (`spec/runtime-behaviour.md` §6.6).
struct UBootText {
    /// What readers look at, in bytes from the start.
    let window: Int

    /// Nothing stored is no variable.
    ///
    /// nil when it is something else.
    func variables(of bytes: [UInt8]) -> BootVariables? {
        var variables = BootVariables()
        var rest = bytes.prefix(window)
        // Erased flash is all ones.
        while let first = rest.first, first != 0, first != 0xFF {
            let entry = rest.prefix { $0 != 0 }
            guard let variable = UBootText.variable(entry) else { return nil }
            variables.append(variable.key, variable.value)
            rest = rest.dropFirst(entry.count + 1)
        }
        return variables
    }

    /// nil when it is no `key=value` in printable ASCII.
    static func variable(_ entry: some Collection<UInt8>) -> BootVariables.Variable? {
        guard entry.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        guard let sign = entry.firstIndex(of: UInt8(ascii: "=")), sign != entry.startIndex else { return nil }
        return BootVariables.Variable(
            key: String(decoding: entry[..<sign], as: UTF8.self),
            value: String(decoding: entry[entry.index(after: sign)...], as: UTF8.self))
    }

    /// nil when they do not fit into what readers look at.
    func bytes(of variables: BootVariables) -> [UInt8]? {
        let list = UBootText.list(variables)
        return list.count <= window ? list : nil
    }

    static func list(_ variables: BootVariables) -> [UInt8] {
        variables.all.flatMap { Array("\($0.key)=\($0.value)".utf8) + [0] } + [0]
    }
}
