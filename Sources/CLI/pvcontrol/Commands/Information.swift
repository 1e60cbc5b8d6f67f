import APIClient
import JSON

/// Commands that say what there is: kinds, versions, help.
enum Information {
    static func resources(_ invocation: Invocation) async throws -> Int32 {
        let types = try await Session(invocation).servedTypes()
        let table = TextTable(
            header: ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"],
            rows: types.map { type in
                [
                    type.plural, type.shortNames.joined(separator: ","), type.apiVersion, "\(type.isNamespaced)",
                    type.kind,
                ]
            })
        let console = invocation.console
        let lines = table.lines(hasHeader: !invocation.has("no-headers"), width: console.screen?.columns)
        for line in lines { try console.print(line) }
        return 0
    }

    static func version(_ invocation: Invocation) async throws -> Int32 {
        let console = invocation.console
        try console.print("Client: \(PVControl.version)")
        let document = try await Session(invocation).get("/version")
        // It names a Kubernetes version first, for clients that look at it: v1.33.0+pantavisor-0.1.0.
        let version = document["gitVersion"]?.string ?? "unknown"
        try console.print("Server: \(version.split(separator: "-", maxSplits: 1).last ?? "unknown")")
        return 0
    }

    static func help(_ invocation: Invocation) async throws -> Int32 {
        let text = try invocation.has("markdown") ? Help.markdown : Help.text(about: invocation.arguments)
        try invocation.console.print(text, terminator: "")
        return 0
    }
}
