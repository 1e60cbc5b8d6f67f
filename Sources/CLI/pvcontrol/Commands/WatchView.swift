import APIClient
import JSON

/// `get -w` and `watch`: a live table on a terminal, a line for each change elsewhere.
struct WatchView: Sendable {
    private let get: Get
    private let resumes: Bool
    private let pause: Duration

    init(_ get: Get, resumes: Bool, pause: Duration) {
        self.get = get
        self.resumes = resumes
        self.pause = pause
    }

    static func run(_ invocation: Invocation) async throws -> Int32 {
        let get = try Get(invocation)
        let targets = try await get.session.targets(invocation.arguments)
        return try await WatchView(get, resumes: true, pause: invocation.context.retryPause).run(targets)
    }

    func run(_ targets: [Target]) async throws -> Int32 {
        guard let target = targets.first, targets.count == 1, target.names.count <= 1 else {
            throw CommandError.usage("watch one kind, or one resource", command: "watch")
        }
        // Nothing would ever be shown of one that is not there; 'watch' waits for it.
        if !resumes, let name = target.names.first { _ = try await get.session.get(target.type.path(name)) }
        let accept = get.format.isTable ? Session.tableAccept : "application/json"
        let request = get.list(target.type, name: target.names.first, accept: accept)
        let watcher = Watcher(session: get.session, request: request, resumes: resumes, pause: pause)
        if !get.format.isTable {
            try await documents(watcher)
        } else if let screen = get.console.screen {
            try await live(watcher, screen)
        } else {
            try await lines(watcher)
        }
        return 0
    }

    private func documents(_ watcher: Watcher) async throws {
        try await watcher.run { step in
            let documents: [JSONValue] =
                switch step {
                case .list(let list): WatchView.items(list)
                case .event(_, let object): [object]
                }
            for document in documents {
                let separator = get.format == .yaml ? "---\n" : ""
                try get.console.print(separator + (get.format.text(of: document) ?? ""), terminator: "")
            }
            return .goOn
        }
    }

    /// A list's items do not repeat their kind; here each must say it.
    private static func items(_ list: JSONValue) -> [JSONValue] {
        guard let items = list["items"]?.array else { return [list] }
        return items.map { item in
            guard item["kind"] == nil, var object = item.object, let kind = list["kind"]?.string else { return item }
            object["apiVersion"] = list["apiVersion"]
            object["kind"] = .string(String(kind.dropLast("List".count)))
            return .object(object)
        }
    }

    private func live(_ watcher: Watcher, _ screen: Console.Screen) async throws {
        var live: LiveTable?
        try await watcher.run { step in
            switch step {
            case .list(let list):
                guard var table = ServerTable(list) else { throw WatchView.noTable }
                if let path = get.sortPath { table.sort(by: path) }
                if live == nil { live = LiveTable(table) } else { live?.replace(with: table) }
            case .event(let type, let object):
                guard let change = ServerTable(object) else { throw WatchView.noTable }
                live?.apply(type, change)
            }
            let frame = live?.frame(screen, isWide: get.format == .wide, hasHeader: get.hasHeader)
            try get.console.print(frame ?? "", terminator: "")
            return .goOn
        }
    }

    private func lines(_ watcher: Watcher) async throws {
        var columns: [ServerTable.Column] = []
        var widths: [Int] = []
        try await watcher.run { step in
            let (document, isDeleted) =
                switch step {
                case .list(let list): (list, false)
                case .event(let type, let object): (object, type == "DELETED")
                }
            guard var table = ServerTable(document) else { throw WatchView.noTable }
            let isFirst = columns.isEmpty
            if isFirst { columns = table.columns }
            table.columns = columns
            var text = table.text(isWide: get.format == .wide)
            if isDeleted { text.rows = text.rows.map { [$0.first.map { $0 + " (deleted)" } ?? ""] + $0.dropFirst() } }
            widths = text.widths(widths, hasHeader: get.hasHeader)
            for line in text.lines(hasHeader: isFirst && get.hasHeader, widths: widths) { try get.console.print(line) }
            return .goOn
        }
    }

    private static let noTable = CommandError.failed("the server sent no table; use -o json")
}
