/// GRUB's environment block: a header line, `key=value` lines, and `#` up to the end of the file.
///
/// GRUB writes backslash and newline in a value as backslash and the character.
enum GrubEnvironment {
    static let header = Array("# GRUB Environment Block\n".utf8)
    static let size = 1024
    static let padding = UInt8(ascii: "#")
    private static let newline = UInt8(ascii: "\n")
    private static let escape = UInt8(ascii: "\\")

    /// nil when it is no environment block.
    static func variables(of bytes: [UInt8]) -> BootVariables? {
        guard bytes.starts(with: header) else { return nil }
        var variables = BootVariables()
        var rest = bytes[header.count...]
        while let first = rest.first, first != padding {
            guard let line = takeLine(&rest), let sign = line.firstIndex(of: UInt8(ascii: "=")), sign > 0 else {
                return nil
            }
            variables.append(
                String(decoding: line[..<sign], as: UTF8.self), String(decoding: line[(sign + 1)...], as: UTF8.self))
        }
        return variables
    }

    /// A line without its escapes; nil when it does not end.
    private static func takeLine(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        var line: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case newline: return line
            case escape:
                guard let next = rest.popFirst() else { return nil }
                line.append(next)
            default: line.append(byte)
            }
        }
        return nil
    }

    /// A block of that size; nil when they do not fit.
    static func bytes(of variables: BootVariables, size: Int) -> [UInt8]? {
        var bytes = header
        for variable in variables.all {
            bytes += variable.key.utf8
            bytes.append(UInt8(ascii: "="))
            for byte in variable.value.utf8 {
                if byte == newline || byte == escape { bytes.append(escape) }
                bytes.append(byte)
            }
            bytes.append(newline)
        }
        guard bytes.count <= size else { return nil }
        return bytes + Array(repeating: padding, count: size - bytes.count)
    }
}
