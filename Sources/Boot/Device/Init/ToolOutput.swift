/// Cuts what a program prints into lines for the log, and only so many: a check of a damaged disk can print thousands.
struct ToolOutput {
    static let mostLines = 50
    private static let longestLine = 400

    private var line: [UInt8] = []
    private var count = 0

    /// The lines that these bytes complete.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                lines += finish()
            } else if line.count < ToolOutput.longestLine {
                line.append(byte)
            }
        }
        return lines
    }

    /// What was not ended by a newline, and how much was left out.
    mutating func rest() -> [String] {
        let last = finish()
        let left = count - ToolOutput.mostLines
        return left > 0 ? last + ["… and \(left) more lines"] : last
    }

    private mutating func finish() -> [String] {
        let text = String(decoding: line, as: UTF8.self)
        line = []
        guard text.contains(where: { !$0.isWhitespace }) else { return [] }
        count += 1
        return count <= ToolOutput.mostLines ? [text] : []
    }
}
