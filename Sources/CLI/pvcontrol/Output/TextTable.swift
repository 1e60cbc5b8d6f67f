/// Columns of text, as wide as their widest cell and three spaces apart.
struct TextTable: Sendable, Equatable {
    var header: [String]
    var rows: [[String]]
    /// Columns that are aligned to the right.
    var numbers: Set<Int> = []

    /// The lines, without the newline.
    ///
    /// `width` cuts lines that a screen would wrap; `widths` are least widths.
    func lines(
        hasHeader: Bool = true, width: Int? = nil, paint: Paint = .none, widths least: [Int] = [],
        wrapsLast: Bool = false
    ) -> [String] {
        let widths = self.widths(least, hasHeader: hasHeader)
        if wrapsLast, let width, let wrapped = wrapped(widths, width) {
            return wrapped.lines(hasHeader: hasHeader, paint: paint, widths: Array(widths.dropLast()))
        }
        let header = hasHeader ? [line(self.header, widths, width, .none)] : []
        return header.map { paint.header($0) } + rows.map { line($0, widths, width, paint) }
    }

    /// The same with its last column on several lines; nil when that would leave it too little room to read.
    private func wrapped(_ widths: [Int], _ width: Int) -> TextTable? {
        let left = widths.dropLast().reduce(0) { $0 + $1 + 3 }
        guard width - left >= 20 else { return nil }
        var copy = self
        copy.rows = rows.flatMap { row -> [[String]] in
            guard row.count == widths.count, let last = row.last else { return [row] }
            let lines = Help.wrap(last, width: width - left)
            let blanks = Array(repeating: "", count: row.count - 1)
            return lines.enumerated().map { $0 == 0 ? row.dropLast() + [$1] : blanks + [$1] }
        }
        return copy
    }

    func widths(_ least: [Int] = [], hasHeader: Bool = true) -> [Int] {
        var widths = header.map { hasHeader ? $0.displayWidth : 0 }
        for (column, width) in least.enumerated() where column < widths.count {
            widths[column] = max(widths[column], width)
        }
        for row in rows {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], cell.displayWidth)
            }
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int], _ limit: Int?, _ paint: Paint) -> String {
        var text = ""
        var used = 0
        for (column, width) in widths.enumerated() {
            let cell = column < cells.count ? cells[column] : ""
            let isLast = column == widths.count - 1
            let room = limit.map { max(0, $0 - used) } ?? Int.max
            let shown = cell.clipped(to: room)
            let padding = isLast ? 0 : max(0, min(width, room) - shown.displayWidth)
            let spaces = String(repeating: " ", count: padding)
            let painted = paint.cell(shown, column: column < header.count ? header[column] : "")
            text += numbers.contains(column) && !isLast ? spaces + painted : painted + spaces
            used += width
            if !isLast, used + 3 < limit ?? Int.max {
                text += "   "
                used += 3
            } else if !isLast {
                break
            }
        }
        return text.trimmedAtEnd()
    }
}

extension String {
    /// How many cells of a terminal it takes; one for each character, two for East Asian wide ones and emoji.
    var displayWidth: Int {
        if utf8.count == unicodeScalars.count { return utf8.count }
        return reduce(0) { sum, character in
            guard let scalar = character.unicodeScalars.first else { return sum }
            return sum + (scalar.isWide || character.unicodeScalars.contains { $0 == "\u{FE0F}" } ? 2 : 1)
        }
    }

    /// The longest beginning that fits; a cut is marked with `…`.
    func clipped(to width: Int) -> String {
        guard displayWidth > width else { return self }
        guard width > 0 else { return "" }
        var text = ""
        for character in self where (text + String(character)).displayWidth < width { text.append(character) }
        return text + "…"
    }

    func trimmedAtEnd() -> String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

extension Unicode.Scalar {
    fileprivate var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
