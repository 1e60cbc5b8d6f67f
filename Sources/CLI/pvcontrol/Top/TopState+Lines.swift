import JSON

extension TopState {
    /// The screen, from its first line; not more lines than it has, and none wider.
    mutating func lines(_ size: RawTerminal.Size, _ paint: Paint) -> [String] {
        let room = max(0, size.rows - 2)
        let rollouts = section(.rollouts, "ROLLOUT", ["Revision", "Phase", "Step", "Outcome"], newestFirst: true)
        let groups = section(.groups, "GROUP", ["Status", "Reached", "Members"])
        let links = section(.links, "LINK", nil)
        let containers = containerTable
        let news = eventTable
        let plan = TopLayout(
            room: room, rollouts: rollouts.rows.count, groups: groups.rows.count, containers: containers.rows.count,
            links: links.rows.count, events: news.rows.count)
        func show(_ table: TextTable, _ height: Int) -> [String] {
            guard height > 0 else { return [] }
            let lines = table.lines(width: size.columns, paint: paint)
            guard lines.count > height else { return lines }
            return Array(lines.prefix(height - 1)) + [
                paint("… and \(lines.count - height + 1) more".clipped(to: size.columns), .faint)
            ]
        }
        var lines = [header(size, paint)]
        lines += show(rollouts, plan.rollouts) + show(groups, plan.groups)
        lines += window(containers, plan.containers, size, paint)
        lines += show(links, plan.links)
        if plan.events > 1 {
            var latest = news
            latest.rows = Array(news.rows.suffix(plan.events - 1))
            lines += latest.lines(width: size.columns, paint: paint)
        }
        lines += Array(repeating: "", count: max(0, room + 1 - lines.count))
        lines.append(paint("q quit   ↑ ↓ containers".clipped(to: size.columns), .faint))
        return Array(lines.prefix(size.rows))
    }

    /// How the device is, and which revision it has.
    private func header(_ size: RawTerminal.Size, _ paint: Paint) -> String {
        guard isConnected else {
            return paint("the runtime is away; trying again".clipped(to: size.columns), .red)
        }
        guard let table = tables[.devices]?.table, let row = table.rows.first else {
            return "no device yet".clipped(to: size.columns)
        }
        func cell(_ name: String) -> String { table.cell(name, of: row) }
        let (current, desired) = (cell("Current"), cell("Desired"))
        let revision = desired == "<none>" || desired == current ? current : "\(current) → \(desired)"
        let status = cell("Status").clipped(to: size.columns)
        let rest = "   revision \(revision)   groups \(cell("Groups"))".clipped(
            to: max(0, size.columns - status.displayWidth))
        return paint.state(status) + rest
    }

    /// A table of a kind with some of its columns; nil stands for all that are not wide.
    private func section(
        _ part: Part, _ title: String, _ names: [String]?, newestFirst: Bool = false
    ) -> TextTable {
        guard var table = tables[part]?.table, !table.columns.isEmpty else {
            return TextTable(header: [title], rows: [])
        }
        let shown = table.columns.indices.dropFirst().filter { index in
            let column = table.columns[index]
            return names?.contains(column.name) ?? (!column.isWide && column.name != "Age")
        }
        let order = table.columns.firstIndex { $0.name == "Order" }
        table.rows.sort { left, right in
            if newestFirst { return left.created > right.created }
            if let order, let left = Int(left.cells[order]), let right = Int(right.cells[order]) { return left < right }
            return left.name < right.name
        }
        return TextTable(
            header: [title] + shown.map { table.columns[$0].name.uppercased() },
            rows: table.rows.map { row in [row.name] + shown.map { row.cells[$0].singleLine } },
            numbers: Set(shown.indices.filter { table.columns[shown[$0]].isNumber }.map { $0 + 1 - shown.startIndex }))
    }

    private var containerTable: TextTable {
        var table = section(.containers, "CONTAINER", ["Ready", "Status", "Group", "Restarts"])
        guard let status = table.header.firstIndex(of: "STATUS") else { return table }
        table.header.insert(contentsOf: ["CPU", "MEMORY"], at: status + 1)
        table.rows = table.rows.map { row in
            let use = usage[row.first ?? ""]
            var row = row
            row.insert(contentsOf: [use?.processor ?? "-", use?.memory ?? "-"], at: status + 1)
            return row
        }
        table.numbers = Set(["CPU", "MEMORY", "RESTARTS"].compactMap { table.header.firstIndex(of: $0) })
        return table
    }

    private var eventTable: TextTable {
        let sorted = events.values.sorted { (TopState.time($0), $0.version) < (TopState.time($1), $1.version) }
        return TextTable(
            header: ["TIME", "TYPE", "REASON", "OBJECT", "MESSAGE"],
            rows: sorted.map { event in
                let involved = event["involvedObject"]
                let object = "\(involved?["kind"]?.string?.lowercased() ?? "")/\(involved?["name"]?.string ?? "")"
                let count = event["count"]?.integer ?? 1
                // Of 2026-11-24T18:22:00Z the time of day.
                let time = String(TopState.time(event).dropFirst(11).prefix(8))
                return [
                    time, event["type"]?.string ?? "", (event["reason"]?.string ?? "").singleLine, object,
                    (event["message"]?.string ?? "").singleLine + (count > 1 ? " (x\(count))" : ""),
                ]
            })
    }

    /// As many containers as there is room for, from the one that was scrolled to.
    private mutating func window(
        _ table: TextTable, _ height: Int, _ size: RawTerminal.Size, _ paint: Paint
    ) -> [String] {
        guard height > 1 else { return [] }
        let lines = table.lines(width: size.columns, paint: paint)
        guard lines.count > height else {
            limitOffset(to: 0)
            return lines
        }
        let count = max(1, height - 2)
        limitOffset(to: table.rows.count - count)
        let place = "… \(offset + 1) to \(offset + count) of \(table.rows.count)"
        return [lines[0]] + lines[(1 + offset)..<(1 + offset + count)]
            + (height > 2 ? [paint(place.clipped(to: size.columns), .faint)] : [])
    }
}

/// How many lines each part of the screen has, with the line of its column names.
struct TopLayout: Sendable, Equatable {
    var rollouts: Int
    var groups: Int
    var containers: Int
    var links: Int
    var events: Int

    /// Events get a quarter of the room, and what others leave; the newest two rollouts are shown, and containers before
    /// groups and links.
    init(room: Int, rollouts rolloutRows: Int, groups: Int, containers: Int, links: Int, events: Int) {
        func wanted(_ rows: Int) -> Int { rows == 0 ? 0 : rows + 1 }
        rollouts = min(wanted(min(rolloutRows, 2)), room / 4)
        let news = min(wanted(events), max(room / 4, 2))
        var left = max(0, room - rollouts - news)
        self.groups = min(wanted(groups), max(left / 3, left - wanted(containers) - wanted(links)))
        left -= self.groups
        self.links = min(wanted(links), max(left / 3, left - wanted(containers)))
        left -= self.links
        self.containers = min(wanted(containers), left)
        self.events = min(wanted(events), news + left - self.containers)
    }
}

extension ServerTable {
    /// The cell of a row in a column, or `<none>`.
    fileprivate func cell(_ name: String, of row: Row) -> String {
        guard let index = columns.firstIndex(where: { $0.name == name }), index < row.cells.count else {
            return "<none>"
        }
        return row.cells[index].singleLine
    }
}

extension ServerTable.Row {
    fileprivate var created: String { object["metadata"]?["creationTimestamp"]?.string ?? "" }
}

extension JSONValue {
    /// Orders what happened within one second.
    fileprivate var version: UInt64 { self["metadata"]?["resourceVersion"]?.string.flatMap { UInt64($0) } ?? 0 }
}
