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
    /// The text on one line; a message of several lines would tear a table apart.
    var singleLine: String {
        guard contains(where: \.isNewline) else { return self }
        return split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
