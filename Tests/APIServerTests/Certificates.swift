import Foundation
import SecureTransport

/// Certificates made with openssl, in a directory of their own.
final class Certificates: Sendable {
    let directory: String

    private static let script = """
        set -e
        new="openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        authority() { $new -x509 -days 30 -subj "/CN=$1" -keyout $1.key -out $1.pem; }
        issue() {
            $new -subj "$1" -keyout $2.key -out $2.csr
            openssl x509 -req -in $2.csr -CA $3.pem -CAkey $3.key -CAcreateserial -days $4 -out $2.pem -extfile names
        }
        echo "subjectAltName=DNS:localhost,IP:127.0.0.1" >names
        authority ours
        authority other
        issue /CN=localhost server ours 30
        issue /CN=alice alice ours 30
        issue /CN=mallory mallory ours 30
        issue /CN=alice expired ours -1
        issue /CN=alice stranger other 30
        issue /CN=mallory/CN=alice twofold ours 30
        """

    /// Made once, for keys take a while; nobody changes them.
    static let shared = Result { try Certificates() }

    private init() throws {
        directory = NSTemporaryDirectory() + "pv-certificates-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = ["-c", Certificates.script]
        shell.currentDirectoryURL = URL(fileURLWithPath: directory)
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }

    var server: TLSFiles {
        TLSFiles(
            certificate: path("server.pem"), key: path("server.key"), authorities: path("ours.pem"))
    }

    func path(_ file: String) -> String { "\(directory)/\(file)" }

    /// What a command prints, errors too.
    func run(_ program: String, _ arguments: [String]) async throws -> String {
        let process = Process()
        // A file, for nobody empties a pipe while it runs.
        let output = path("output-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        let file = FileHandle(forWritingAtPath: output)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = file
        process.standardError = file
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        return try String(contentsOfFile: output, encoding: .utf8)
    }

    /// One request with curl; `peer` is whose certificate is shown.
    func curl(_ port: Int, as peer: String?, _ path: String, _ more: String...) async throws -> String {
        var arguments = ["-sS", "--max-time", "20", "--cacert", self.path("ours.pem")]
        if let peer { arguments += ["--cert", self.path("\(peer).pem"), "--key", self.path("\(peer).key")] }
        return try await run("/usr/bin/curl", arguments + more + ["https://localhost:\(port)\(path)"])
    }
}
