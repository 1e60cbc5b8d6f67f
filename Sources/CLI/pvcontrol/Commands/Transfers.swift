import APIClient
import Glibc

extension CommandSet {
    /// Upstream's commands that move files, or need more than one request.
    static let transfers: [Command] = [
        Command(
            name: "objects put", summary: "store a file as the object of its sha256",
            arguments: [Argument(name: "FILE", completion: .files), Argument(name: "SHA")],
            details: "Instead of a file, -N takes so many bytes from standard input, as in 'objects put -1024 SHA'.",
            section: .upstream, run: Transfers.putObject),
        Command(
            name: "objects get", summary: "write an object to the output", arguments: [Argument(name: "SHA")],
            section: .upstream, run: Transfers.getObject),
        Command(
            name: "steps put", summary: "store a state as a local revision, with the message of -m",
            arguments: [Argument(name: "FILE", completion: .files), Argument(name: "REVISION")],
            section: .upstream, run: Transfers.putStep),
        Command(
            name: "steps install", summary: "store the revision in an archive, with its objects",
            arguments: [
                Argument(name: "ARCHIVE", completion: .files), Argument(name: "REVISION", isOptional: true),
            ],
            details: """
                ARCHIVE is what 'pvr export' makes. Objects that the device has are not sent. Without a name the revision
                is locals/ and the hash of the archive. Prints its name.
                """,
            section: .upstream, run: Install.run),
        Command(
            name: "daemons restart", summary: "stop and start a daemon", arguments: [Argument(name: "NAME")],
            section: .upstream, run: Transfers.restartDaemon),
    ]
}

/// What upstream's tool does with files.
enum Transfers {
    static func putObject(_ invocation: Invocation) async throws -> Int32 {
        let source = try Source(invocation.arguments[0], input: invocation.console.input)
        let request = APIRequest(
            .put, "/objects/\(LegacyCommand.segment(invocation.arguments[1]))", accept: "*/*",
            contentType: "application/octet-stream")
        let session = try Session(invocation)
        return try LegacyCommand.finish(
            try await LegacyCommand.send(request, source.upload, session), session.console)
    }

    static func getObject(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        let request = APIRequest(
            .get, "/objects/\(LegacyCommand.segment(invocation.arguments[0]))", accept: "*/*")
        return try await session.client.stream(request) { head, body in
            session.trace(request, head.status)
            guard head.status == 200 else {
                let error = try await Session.error(head, &body)
                if let text = error.text { session.console.complain(text) }
                return 255
            }
            while let piece = try await body.next() { try invocation.console.write(piece) }
            return 0
        }
    }

    static func putStep(_ invocation: Invocation) async throws -> Int32 {
        let source = try Source(invocation.arguments[0], input: invocation.console.input)
        let path = "/steps/\(LegacyCommand.segment(invocation.arguments[1]))"
        let session = try Session(invocation)
        let request = APIRequest(.put, path, accept: "*/*", contentType: "application/json")
        var response = try await LegacyCommand.send(request, source.upload, session)
        if response.status == 200, let message = invocation.value("message") {
            response = try await LegacyCommand.send(note(message, of: path), nil, session)
        }
        return try LegacyCommand.finish(response, session.console)
    }

    static func note(_ message: String, of path: String) -> APIRequest {
        APIRequest(
            .put, "\(path)/commitmsg", accept: "*/*", contentType: "application/x-www-form-urlencoded",
            body: Array(message.utf8))
    }

    static func upload(_ file: String, _ request: APIRequest, _ session: Session) async throws -> APIResponse {
        let source = try Source(file, input: -1)
        return try await LegacyCommand.send(request, source.upload, session)
    }

    static func restartDaemon(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        var response = APIResponse(status: 200, body: [])
        for action in ["stop", "start"] where response.status == 200 {
            let request = APIRequest(
                .put, "/daemons/\(LegacyCommand.segment(invocation.arguments[0]))", accept: "*/*",
                contentType: "application/json", body: Array(#"{"action":"\#(action)"}"#.utf8))
            response = try await LegacyCommand.send(request, nil, session)
        }
        return try LegacyCommand.finish(response, session.console)
    }

    /// A file, or so many bytes of standard input.
    private final class Source {
        private let descriptor: Int32
        private let isOwned: Bool
        private let length: Int

        init(_ name: String, input: Int32) throws(CommandError) {
            if name.hasPrefix("-"), let length = Int(name.dropFirst()) {
                descriptor = input
                isOwned = false
                self.length = length
                return
            }
            descriptor = open(name, O_RDONLY | O_CLOEXEC)
            isOwned = true
            var status = stat()
            guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
                throw .failed("cannot read \(name): \(String(cString: strerror(errno)))")
            }
            length = Int(status.st_size)
        }

        deinit { if isOwned { close(descriptor) } }

        private var sent = 0

        var upload: Upload { Upload(length: length) { () throws(ClientError) in try self.next() } }

        private func next() throws(ClientError) -> [UInt8]? {
            guard sent < length else { return nil }
            var bytes = [UInt8](repeating: 0, count: min(65_536, length - sent))
            let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw .badUpload("the input ended after \(sent) of \(length) bytes") }
            sent += count
            return Array(bytes.prefix(count))
        }
    }
}
