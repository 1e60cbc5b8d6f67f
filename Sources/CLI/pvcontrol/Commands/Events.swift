import APIClient
import JSON

/// `events`: what happened, the newest last.
enum Events {
    static func run(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        let resource: ResourceReference? =
            invocation.arguments.isEmpty ? nil : try await session.reference(invocation.arguments, of: "events")
        let request = Session.eventsRequest(about: resource)
        guard invocation.has("watch") else {
            let list = try await session.json(request)
            try print(list["items"]?.array ?? [], resource, invocation)
            return 0
        }
        try await watch(request, resource, session, invocation)
        return 0
    }

    private static func print(
        _ events: [JSONValue], _ resource: ResourceReference?, _ invocation: Invocation
    ) throws(CommandError) {
        let console = invocation.console
        guard !events.isEmpty else { return console.complain("No events found.") }
        let table = EventRows.table(events, now: invocation.context.now(), withObject: resource == nil)
        let width = console.screen?.columns
        for line in table.lines(width: width, paint: Paint(console), wrapsLast: true) { try console.print(line) }
    }

    /// A line for each event; after a lost connection those that were printed already are not repeated.
    private static func watch(
        _ request: APIRequest, _ resource: ResourceReference?, _ session: Session, _ invocation: Invocation
    ) async throws {
        let watcher = Watcher(
            session: session, request: request, resumes: true, pause: invocation.context.retryPause)
        var widths: [Int] = []
        var printed: [String: String] = [:]
        let console = invocation.console
        try await watcher.run { step in
            let events: [JSONValue] =
                switch step {
                case .list(let list): list["items"]?.array ?? []
                case .event(let type, let object): type == "DELETED" ? [] : [object]
                }
            let fresh = events.filter { event in
                let name = event["metadata"]?["name"]?.string ?? ""
                let version = event["metadata"]?["resourceVersion"]?.string ?? ""
                defer { printed[name] = version }
                return printed[name] != version
            }
            let table = EventRows.table(fresh, now: invocation.context.now(), withObject: resource == nil)
            let isFirst = widths.isEmpty
            widths = Array(table.widths(widths).dropLast())
            let lines = table.lines(
                hasHeader: isFirst, width: console.screen?.columns, paint: Paint(console), widths: widths,
                wrapsLast: true)
            for line in lines { try console.print(line) }
            return .goOn
        }
    }
}
