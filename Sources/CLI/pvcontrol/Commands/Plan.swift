import APIClient
import Glibc
import JSON

/// `plan`: what moving to a revision would do, without touching anything.
///
/// Exit code 0 when nothing would change, 2 when something would, 1 when the revision cannot be used.
enum Plan {
    private static let maximumState = 16 << 20

    static func run(_ invocation: Invocation) async throws -> Int32 {
        let session = try Session(invocation)
        let plan = try await plan(invocation.arguments[0], session)
        if invocation.value("output") == "json" {
            try invocation.console.print(String(decoding: plan.prettyBytes(), as: UTF8.self))
        } else {
            for line in PlanText(plan).lines { try invocation.console.print(line) }
        }
        guard plan["isValid"] == true else { return 1 }
        return plan["isChange"] == true ? 2 : 0
    }

    private static func plan(_ subject: String, _ session: Session) async throws(CommandError) -> JSONValue {
        guard let text = try stateText(subject) else {
            let name = String(subject.map { $0 == "/" ? "." : $0 })
            return try await session.get("/apis/pantavisor.io/v1/revisions/\(name)/plan")
        }
        let revision: JSONValue = [
            "apiVersion": "pantavisor.io/v1", "kind": "Revision", "metadata": ["generateName": "plan-"],
            "spec": ["state": try state(text)],
        ]
        let response = try await session.send(
            APIRequest(
                .post, "/apis/pantavisor.io/v1/revisions?dryRun=All", contentType: "application/json",
                body: revision.compactBytes()))
        let answer = try Session.parse(response.body)
        if let problems = answer["details"]?["causes"]?.array, response.status == 422 {
            let texts = problems.map {
                JSONValue.string("\($0["field"]?.string ?? ""): \($0["message"]?.string ?? "")")
            }
            return ["isValid": false, "problems": .array(texts)]
        }
        guard response.isSuccess else { throw Session.error(response) }
        guard let plan = answer["status"]?["plan"] else { throw .failed("this server makes no plans") }
        return plan
    }

    /// The state document of a file or a checkout; nil when there is no such file, and a revision is meant.
    private static func stateText(_ subject: String) throws(CommandError) -> [UInt8]? {
        if subject == "-" { return try read("/dev/stdin") }
        for file in ["\(subject)/.pvr/json", "\(subject)/state.json", subject] {
            var status = stat()
            guard stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { continue }
            return try read(file)
        }
        return nil
    }

    private static func state(_ text: [UInt8]) throws(CommandError) -> JSONValue {
        do throws(ManifestError) {
            return try JSONValue(parsing: text)
        } catch {
            throw .failed("the state document is not JSON: \(error)")
        }
    }

    static func read(_ file: String) throws(CommandError) -> [UInt8] {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed("\(file): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw .failed("\(file): \(String(cString: strerror(errno)))") }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
            guard bytes.count <= maximumState else {
                throw .failed("\(file) is longer than 16 MiB; is it a state document?")
            }
        }
    }
}
