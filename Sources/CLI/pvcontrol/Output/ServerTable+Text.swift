extension ServerTable {
    /// What is shown of it.
    ///
    /// `prefix` goes before each name, as in `container/web`.
    func text(isWide: Bool, prefix: String? = nil) -> TextTable {
        let shown = columns.indices.filter { isWide || !columns[$0].isWide }
        return TextTable(
            header: shown.map { columns[$0].name.uppercased() },
            rows: rows.map { row in
                shown.enumerated().map { position, column in
                    let cell = column < row.cells.count ? row.cells[column] : ""
                    return position == 0 ? (prefix.map { $0 + "/" } ?? "") + cell : cell.singleLine
                }
            },
            numbers: Set(shown.indices.filter { columns[shown[$0]].isNumber }))
    }

    /// Rows in the order of a value of their objects; rows without it come last.
    ///
    /// Needs whole objects.
    mutating func sort(by path: JSONPath) {
        let keyed = rows.map { (key: path.values(in: $0.object).first, row: $0) }
        let known = keyed.filter { $0.key != nil }.sorted { left, right in
            guard let left = left.key, let right = right.key else { return false }
            return JSONPath.precedes(left, right)
        }
        rows = (known + keyed.filter { $0.key == nil }).map(\.row)
    }
}

extension String {
    /// The text on one line, without what a terminal would obey: a message of several lines would tear a table apart, and
    /// what containers say comes into messages.
    var singleLine: String {
        guard unicodeScalars.contains(where: { $0.isControl || $0.value == 0x2028 }) else { return self }
        let line = split(whereSeparator: \.isNewline).joined(separator: " ")
        return String(String.UnicodeScalarView(line.unicodeScalars.map { $0.isControl ? "?" : $0 }))
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
