import APIClient
import JSON

extension Session {
    /// The types a KIND argument names: `ct`, `containers`, `all`, `ct,grp`.
    func types(named list: String) async throws(CommandError) -> [ResourceType] {
        var types: [ResourceType] = []
        for name in list.split(separator: ",").map(String.init) {
            if name == "all" {
                types += ResourceType.known.filter { $0.categories.contains("all") }
            } else {
                types.append(try await type(named: name))
            }
        }
        return types
    }

    /// Kinds that came with this executable need no question; others are looked up on the server.
    func type(named name: String) async throws(CommandError) -> ResourceType {
        if let known = ResourceType.known.first(where: { $0.isCalled(name) }) { return known }
        let served = try await servedTypes()
        if let type = served.first(where: { $0.isCalled(name) }) { return type }
        let names = served.flatMap { [$0.plural, $0.singular] + $0.shortNames }
        throw .failed("there is no kind '\(name)'" + didYouMean(name, names) + " See 'pvcontrol api-resources'.")
    }

    /// Every type the server has, by legacy discovery.
    func servedTypes() async throws(CommandError) -> [ResourceType] {
        var types: [ResourceType] = []
        let groups = try await get("/apis")
        for group in groups["groups"]?.array ?? [] {
            let version = group["preferredVersion"]?["groupVersion"]?.string
            if let version { types += ResourceType.list(try await get("/apis/\(version)")) }
        }
        let core = try await send(APIRequest(.get, "/api/v1"))
        if core.isSuccess { types += ResourceType.list(try Session.parse(core.body)) }
        return types
    }
}

/// One resource, as `KIND/NAME` or `KIND NAME` on the command line.
struct ResourceReference: Sendable, Equatable {
    let type: ResourceType
    let name: String

    var path: String { type.path(name) }
    var description: String { "\(type.singular)/\(name)" }
}

extension Session {
    /// Reads `KIND/NAME`, or `KIND` followed by names, or `KIND` alone, which names all there are.
    func targets(_ arguments: [String]) async throws(CommandError) -> [Target] {
        guard let first = arguments.first else { return [] }
        guard first.contains("/") else {
            let types = try await types(named: first)
            let names = Array(arguments.dropFirst())
            guard names.isEmpty || types.count == 1 else {
                throw .usage("names cannot be combined with several kinds", command: "get")
            }
            return types.map { Target(type: $0, names: names) }
        }
        var targets: [Target] = []
        for argument in arguments {
            let reference = try await reference(argument)
            if targets.last?.type == reference.type {
                targets[targets.count - 1].names.append(reference.name)
            } else {
                targets.append(Target(type: reference.type, names: [reference.name]))
            }
        }
        return targets
    }

    /// Reads `KIND/NAME`.
    func reference(_ text: String) async throws(CommandError) -> ResourceReference {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw .usage("'\(text)' is not KIND/NAME, as in container/web", command: nil)
        }
        return ResourceReference(type: try await type(named: parts[0]), name: parts[1])
    }

    /// Reads `KIND/NAME` or the two words `KIND NAME`.
    func reference(_ arguments: [String], of command: String) async throws(CommandError) -> ResourceReference {
        if arguments.count == 2, !arguments[0].contains("/") {
            return try await reference("\(arguments[0])/\(arguments[1])")
        }
        guard arguments.count == 1 else { throw .usage("name one resource, as KIND/NAME", command: command) }
        return try await reference(arguments[0])
    }
}

/// Resources of one type: those with the names, or all.
struct Target: Sendable, Equatable {
    let type: ResourceType
    var names: [String]
}
