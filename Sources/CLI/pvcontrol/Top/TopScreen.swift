/// What a terminal shows; only lines that differ are sent.
struct TopScreen: Sendable, Equatable {
    private var shown: [String] = []
    private var size: RawTerminal.Size?

    /// What to send so that the screen shows these lines.
    mutating func change(to lines: [String], _ size: RawTerminal.Size) -> String {
        var text = ""
        if size != self.size {
            self.size = size
            shown = []
            text = "\u{1B}[2J"
        }
        let lines = Array(lines.prefix(size.rows))
        for (number, line) in lines.enumerated() where number >= shown.count || shown[number] != line {
            // The line is cleared first: in the last column a cursor does not know on which side it stands.
            text += "\u{1B}[\(number + 1);1H\u{1B}[2K\(line)"
        }
        if lines.count < shown.count { text += "\u{1B}[\(lines.count + 1);1H\u{1B}[J" }
        shown = lines
        return text
    }
}
