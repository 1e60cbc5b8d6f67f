import APIServer
import Glibc
import JSON
import Logging
import Model
import Store
import Synchronization

/// A server on a socket of its own, over a store with a small device in it.
final class LiveServer: Sendable {
    let store: ResourceStore
    let path: String
    let callers = CallerStub()
    private let server: APIServer

    static let now = Timestamp(seconds: 1_800_000_000)

    private static let numbers = Mutex(0)

    init(
        at path: String? = nil, limits: ServerLimits = ServerLimits(), steps: any StepSource = NoSteps(),
        logs: any LogSource = NoLogs(),
        exec: any ExecSource = NoExec(), usage: any UsageSource = NoUsage(),
        admissions: [KindName: any ResourceAdmission]? = nil,
        buildInfo: String? = nil, historyLimit: Int = 8192, inheriting: Int32? = nil,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        services change: (inout Services) -> Void = { _ in }
    ) async throws {
        let number = LiveServer.numbers.withLock { numbers in
            numbers += 1
            return numbers
        }
        self.path = path ?? "/tmp/pv-api-\(getpid())-\(number)"
        let ids = Mutex(0)
        store = ResourceStore(
            firstVersion: ResourceVersion(1000), historyLimit: historyLimit, now: { LiveServer.now },
            uid: { "uid-\(ids.withLock { $0 += 1; return $0 })" })
        var services = Services(
            callers: callers, logs: logs, exec: exec, steps: steps, usage: usage, version: "1.2.3",
            buildInfo: buildInfo,
            now: { LiveServer.now }, pause: pause, uptime: { Instant(milliseconds: 60_000) })
        if let admissions { services.admissions = admissions }
        change(&services)
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        server = APIServer(store: store, services: services, limits: limits, logger: logger)
        do {
            try await server.start(at: self.path, inheriting: inheriting)
        } catch {
            await server.stop()
            throw error
        }
    }

    /// A socket file that nobody listens on.
    static func leaveStaleSocket(at path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        close(descriptor)
        guard result == 0 else { throw SocketFailure.system(call: "bind", path: path, errno: errno) }
    }

    private static let places = Places(32)

    /// Runs a test against a server that is stopped afterwards.
    static func with(
        _ limits: ServerLimits = ServerLimits(), steps: any StepSource = NoSteps(), logs: any LogSource = NoLogs(),
        exec: any ExecSource = NoExec(), usage: any UsageSource = NoUsage(),
        admissions: [KindName: any ResourceAdmission]? = nil,
        buildInfo: String? = nil, historyLimit: Int = 8192,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        services: (inout Services) -> Void = { _ in },
        _ body: (LiveServer) async throws -> Void
    ) async throws {
        await places.take()
        defer { Task { await places.giveBack() } }
        let server = try await LiveServer(
            limits: limits, steps: steps, logs: logs, exec: exec, usage: usage, admissions: admissions,
            buildInfo: buildInfo,
            historyLimit: historyLimit, pause: pause, services: services)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    func serve(_ peers: PeerListener) async throws -> Int { try await server.serve(peers) }

    func stop() async { await server.stop() }

    func connect() async throws -> RawClient { try await RawClient(path) }

    /// One request on a connection of its own.
    func request(
        _ method: String, _ target: String, headers: [String] = [], body: String? = nil
    ) async throws -> RawResponse {
        let client = try await connect()
        var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost", "Connection: close"] + headers
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        try await client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return RawResponse(await client.receiveAll())
    }

    func get(_ target: String, _ headers: String...) async throws -> RawResponse {
        try await request("GET", target, headers: headers)
    }

    func create<K: Kind>(_ resource: Resource<K>) throws {
        try store.create(AnyResource(resource))
    }

    @discardableResult
    func container(
        _ name: String, order: Int = 0, phase: ContainerPhase = .started,
        _ change: (inout Container.Spec) -> Void = { _ in }
    ) throws -> AnyResource {
        var spec = Container.Spec(revision: "1", order: order, group: "app")
        change(&spec)
        var status = Container.Status()
        status.phase = phase
        return try store.create(AnyResource(Resource<Container>(name: name, spec: spec, status: status)))
    }
}

/// Whoever the test says.
final class CallerStub: CallerIdentifier {
    private let caller = Mutex(Caller.host)

    func become(_ caller: Caller) { self.caller.withLock { $0 = caller } }

    func identify(_ descriptor: Int32) -> Caller { caller.withLock { $0 } }
}
