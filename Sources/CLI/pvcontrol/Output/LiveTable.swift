import JSON

/// A table that follows changes and is drawn over its own earlier picture.
struct LiveTable: Sendable, Equatable {
    private(set) var table: ServerTable
    private var drawnLines = 0

    init(_ table: ServerTable) {
        self.table = table
    }

    /// Starts anew from a list.
    mutating func replace(with table: ServerTable) { self.table = table }

    /// Takes one change; its table holds the rows that changed.
    mutating func apply(_ type: String, _ change: ServerTable) {
        if table.columns.isEmpty { table.columns = change.columns }
        for row in change.rows {
            let index = table.rows.firstIndex { $0.identity == row.identity }
            switch (type, index) {
            case ("DELETED", let index?): table.rows.remove(at: index)
            case ("DELETED", nil): break
            case (_, let index?): table.rows[index] = row
            case (_, nil): table.rows.append(row)
            }
        }
    }

    /// What to send to a terminal so that it shows the table as it is now.
    ///
    /// A screen too small shows its beginning.
    mutating func frame(_ screen: Console.Screen, isWide: Bool, hasHeader: Bool) -> String {
        var lines = table.text(isWide: isWide).lines(
            hasHeader: hasHeader, width: screen.columns, paint: Paint(isOn: screen.hasColours))
        let room = max(1, screen.rows - 1)
        if lines.count > room {
            let hidden = lines.count - room + 1
            lines = Array(lines.prefix(room - 1)) + ["… and \(hidden) more"]
        }
        let up = drawnLines > 0 ? "\u{1B}[\(drawnLines)A" : ""
        drawnLines = lines.count
        return up + "\r" + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J"
    }
}
