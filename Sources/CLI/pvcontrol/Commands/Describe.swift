import APIClient
import JSON

/// `describe`: everything about a resource, with its events.
enum Describe {
    static func run(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        var isFirst = true
        for target in try await session.targets(invocation.arguments) {
            for document in try await documents(target, session) {
                if !isFirst { try invocation.console.print("") }
                isFirst = false
                try await print(document, target.type, session, invocation)
            }
        }
        if isFirst { invocation.console.complain("No resources found.") }
        return 0
    }

    private static func documents(_ target: Target, _ session: Session) async throws -> [JSONValue] {
        guard target.names.isEmpty else {
            var documents: [JSONValue] = []
            for name in target.names { documents.append(try await session.get(target.type.path(name))) }
            return documents
        }
        return JSONValue.items(of: try await session.get(target.type.path()))
    }

    private static func print(
        _ document: JSONValue, _ type: ResourceType, _ session: Session, _ invocation: Invocation
    ) async throws {
        let name = document["metadata"]?["name"]?.string ?? ""
        let description = Description(
            document: document, events: try await session.events(about: ResourceReference(type: type, name: name)),
            now: invocation.context.now(), paint: Paint(invocation.console),
            width: invocation.console.screen?.columns)
        for line in description.lines() { try invocation.console.print(line) }
    }
}

extension Session {
    /// The request for the events about a resource, or for all.
    static func eventsRequest(about resource: ResourceReference?) -> APIRequest {
        let fields = resource.map { "involvedObject.kind=\($0.type.kind),involvedObject.name=\($0.name)" }
        return APIRequest(.get, ResourceType.event.path()).query("fieldSelector", fields)
    }

    /// A server without events has none.
    func events(about resource: ResourceReference) async throws(CommandError) -> [JSONValue] {
        let response = try await send(Session.eventsRequest(about: resource))
        if response.status == 404 { return [] }
        guard response.isSuccess else { throw Session.error(response) }
        return try Session.parse(response.body)["items"]?.array ?? []
    }
}

extension JSONValue {
    /// The items of a list, each with the kind that only the list says; or the one document itself.
    static func items(of list: JSONValue) -> [JSONValue] {
        guard let items = list["items"]?.array else { return [list] }
        let kind = list["kind"]?.string.map { JSONValue.string(String($0.dropLast("List".count))) }
        return items.map { item in
            guard item["kind"] == nil, let members = item.object else { return item }
            var whole: JSONObject = ["apiVersion": list["apiVersion"] ?? .null, "kind": kind ?? .null]
            for (key, value) in members { whole[key] = value }
            return .object(whole)
        }
    }
}
