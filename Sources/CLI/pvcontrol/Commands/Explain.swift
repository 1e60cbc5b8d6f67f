import APIClient
import JSON

/// `explain`: why a resource is not at its goal, down to the cause.
enum Explain {
    static func run(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        let resource = try await session.reference(invocation.arguments, of: "explain")
        let document = try await session.get(resource.path)
        var documents = [document]
        for type in ResourceType.known where type != .event {
            let response = try await session.send(APIRequest(.get, type.path()))
            // A kind that this server does not have explains nothing.
            guard response.isSuccess else { continue }
            documents += JSONValue.items(of: try Session.parse(response.body))
        }
        let finding = Explainer(Evidence(documents)).explain(Witness(document: document))
        for line in finding.lines(Paint(invocation.console)) { try invocation.console.print(line) }
        return 0
    }
}
