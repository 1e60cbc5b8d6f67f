import APIClient
import Glibc
import JSON
import Model

/// `steps install`: a revision with its objects, from an archive that `pvr export` made.
enum Install {
    static func run(_ invocation: Invocation) async throws -> Int32 {
        let archive = invocation.arguments[0]
        let session = try Session(invocation)
        let directory = try TemporaryDirectory(invocation.context.environment)
        guard try Program.run(["tar", "-xzf", archive, "-C", directory.path]) == 0 else {
            throw CommandError.failed("\(archive) is no archive of a revision, as 'pvr export' makes them")
        }
        let revision = try invocation.arguments.count > 1 ? invocation.arguments[1] : name(of: archive, directory)
        defer { withExtendedLifetime(directory) {} }
        return try await send(directory.path, as: revision, invocation.value("message"), session)
    }

    /// `locals/` and the hash of the archive, as upstream names it.
    private static func name(of archive: String, _ directory: TemporaryDirectory) throws(CommandError) -> String {
        let file = "\(directory.path)/.sha256"
        guard try Program.run(["sha256sum", archive], output: file) == 0 else {
            throw .failed("cannot hash \(archive); give the revision a name")
        }
        let hash = String(decoding: try Plan.read(file).prefix(64), as: UTF8.self)
        guard hash.isObjectName else { throw .failed("cannot hash \(archive); give the revision a name") }
        return "locals/\(hash)"
    }

    private static func send(
        _ directory: String, as revision: String, _ message: String?, _ session: Session
    ) async throws -> Int32 {
        let known = Set(try await session.get("/objects").array?.compactMap { $0["sha256"]?.string } ?? [])
        for name in names(in: "\(directory)/objects") where name.isObjectName && !known.contains(name) {
            let request = APIRequest(
                .put, "/objects/\(name)", accept: "*/*", contentType: "application/octet-stream")
            let response = try await Transfers.upload("\(directory)/objects/\(name)", request, session)
            guard response.status == 200 else { return try LegacyCommand.finish(response, session.console) }
        }
        let path = "/steps/\(LegacyCommand.segment(revision))"
        let request = APIRequest(.put, path, accept: "*/*", contentType: "application/json")
        var response = try await Transfers.upload("\(directory)/json", request, session)
        if response.status == 200, let message {
            response = try await LegacyCommand.send(Transfers.note(message, of: path), nil, session)
        }
        guard response.status == 200 else { return try LegacyCommand.finish(response, session.console) }
        let answer: JSONValue = ["revision": .string(revision)]
        try session.console.print(String(decoding: answer.compactBytes(), as: UTF8.self))
        return 0
    }

    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.sorted()
    }
}
