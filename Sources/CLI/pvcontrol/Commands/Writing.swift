import APIClient
import Glibc
import JSON

/// `apply`, `delete` and `edit`: resources as documents, in JSON.
enum Writing {
    static func apply(_ invocation: Invocation) async throws -> Int32 {
        guard let file = invocation.value("filename") else {
            throw invocation.usageError("name the documents: apply -f FILE")
        }
        let session = try Session(invocation)
        for document in try documents(file) {
            guard let type = try await type(of: document, session) else {
                throw CommandError.failed("\(file): a document needs apiVersion and kind")
            }
            let name = document["metadata"]?["name"]?.string
            var request: APIRequest
            if let name {
                request = APIRequest(.patch, type.path(name), contentType: "application/apply-patch+yaml")
                    .query("fieldManager", "pvcontrol").query("force", invocation.has("force") ? "true" : nil)
            } else {
                request = APIRequest(.post, type.path(), contentType: "application/json")
            }
            request.body = document.compactBytes()
            let response = try await session.send(request)
            guard response.isSuccess else { throw Session.error(response) }
            let written = try Session.parse(response.body)["metadata"]?["name"]?.string ?? name ?? ""
            let effect = response.status == 201 ? "created" : "configured"
            try invocation.console.print("\(type.singular)/\(written) \(effect)")
        }
        return 0
    }

    static func delete(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        for target in try await session.targets(invocation.arguments) {
            guard !target.names.isEmpty else {
                throw invocation.usageError("name what is to go: delete \(target.type.singular)/NAME")
            }
            for name in target.names {
                let response = try await session.send(APIRequest(.delete, target.type.path(name)))
                guard response.isSuccess else { throw Session.error(response) }
                try invocation.console.print("\(target.type.singular)/\(name) deleted")
            }
        }
        return 0
    }

    static func edit(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        let resource = try await session.reference(invocation.arguments, of: "edit")
        var members = JSONObject()
        for (key, value) in try await session.get(resource.path).object ?? [:] where key != "status" {
            members[key] = key == "metadata" ? value.without("managedFields") : value
        }
        let before = JSONValue.object(members)
        let environment = invocation.context.environment
        let directory = try TemporaryDirectory(environment)
        let file = "\(directory.path)/\(resource.type.singular).json"
        try write(before.prettyBytes() + [UInt8(ascii: "\n")], to: file)
        let editor = environment.nonEmpty("VISUAL") ?? environment.nonEmpty("EDITOR") ?? "vi"
        // Editors come with options, so a shell takes the words apart.
        guard try Program.run(["sh", "-c", "\(editor) \"$1\"", "sh", file]) == 0 else {
            throw CommandError.failed("the editor failed; nothing is changed")
        }
        do {
            let after = try document(file)
            let isChanged = after != before
            if isChanged { try await replace(resource.path, with: after, session) }
            try invocation.console.print("\(resource.description) \(isChanged ? "edited" : "unchanged")")
            return 0
        } catch {
            directory.keep()
            throw CommandError(error).adding("what you wrote is kept in \(file)")
        }
    }

    private static func replace(
        _ path: String, with document: JSONValue, _ session: Session
    ) async throws(CommandError) {
        let request = APIRequest(.put, path, contentType: "application/json", body: document.compactBytes())
            .query("fieldManager", "pvcontrol")
        let response = try await session.send(request)
        guard response.isSuccess else { throw Session.error(response) }
    }

    /// One document, a list of them, or an array.
    private static func documents(_ file: String) throws(CommandError) -> [JSONValue] {
        let whole = try document(file)
        return whole.array ?? whole["items"]?.array ?? [whole]
    }

    private static func document(_ file: String) throws(CommandError) -> JSONValue {
        let text = try Plan.read(file == "-" ? "/dev/stdin" : file)
        do throws(ManifestError) {
            return try JSONValue(parsing: text)
        } catch {
            throw .failed("\(file) is not JSON: \(error); YAML is for kubectl")
        }
    }

    private static func type(of document: JSONValue, _ session: Session) async throws(CommandError) -> ResourceType? {
        guard let kind = document["kind"]?.string, let version = document["apiVersion"]?.string else { return nil }
        let type = try await session.type(named: kind)
        guard type.apiVersion == version else {
            throw .failed("\(kind) is in \(type.apiVersion), not in \(version)")
        }
        return type
    }

    private static func write(_ bytes: [UInt8], to file: String) throws(CommandError) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count, close(descriptor) == 0 else {
            throw .failed("cannot write \(file): \(String(cString: strerror(errno)))")
        }
    }
}

extension JSONValue {
    fileprivate func without(_ member: String) -> JSONValue {
        guard var members = object else { return self }
        members[member] = nil
        return .object(members)
    }
}
