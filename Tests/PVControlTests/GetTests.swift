import PVControl
import Testing

struct GetTests {
    private static let containers = "/apis/pantavisor.io/v1/containers"

    private func server() async throws -> TestServer {
        try await TestServer { request in
            let rows = [Samples.row("web", "READY"), Samples.row("db", "RECOVERING", restarts: 3)]
            switch request.path {
            case Self.containers: return .whole(200, Samples.table(rows))
            case "\(Self.containers)?includeObject=Object": return .whole(200, Samples.table(rows))
            case "\(Self.containers)/web":
                return .whole(200, request.wantsTable ? Samples.table([rows[0]]) : Samples.container)
            case "/apis/pantavisor.io/v1/groups": return .whole(200, Samples.table([Samples.row("app", "READY")]))
            default: return Samples.notFound(String(request.path.split(separator: "/").last ?? ""))
            }
        }
    }

    @Test(arguments: [
        (
            "get containers",
            """
            NAME   READY   STATUS       RESTARTS   AGE
            web    true    READY               0   5m
            db     false   RECOVERING          3   5m

            """
        ),
        (
            "get ct -o wide",
            """
            NAME   READY   STATUS       RESTARTS      PID   AGE
            web    true    READY               0      123   5m
            db     false   RECOVERING          3   <none>   5m

            """
        ),
        ("get ct/web --no-headers", "web   true   READY   0   5m\n"),
        (
            "get ct --sort-by=.status.restarts --no-headers",
            "web   true    READY        0   5m\ndb    false   RECOVERING   3   5m\n"
        ),
        ("get container web -o name", "container/web\n"),
        ("get ct web -o jsonpath={.status.phase}", "STARTED\n"),
        (
            "get ct,grp --no-headers",
            """
            container/web   true    READY        0   5m
            container/db    false   RECOVERING   3   5m

            group/app   true   READY   0   5m

            """
        ),
    ])
    func `resources are printed`(command: String, expected: String) async throws {
        let server = try await server()
        let run = await CommandLineRun.pvcontrol(command.split(separator: " ").map(String.init), socket: server.path)
        #expect(run == CommandLineRun(code: 0, output: expected, errors: ""))
        try await server.stop()
    }

    @Test func `one that is missing does not hide the others`() async throws {
        let server = try await server()
        let run = await CommandLineRun.pvcontrol(["get", "ct", "nope", "web", "--no-headers"], socket: server.path)
        #expect(
            run
                == CommandLineRun(
                    code: 1, output: "web   true   READY   0   5m\n",
                    errors: "ERROR: containers.pantavisor.io \"nope\" not found (NotFound)\n"))
        try await server.stop()
    }

    @Test func `YAML has the order of the server`() async throws {
        let server = try await server()
        let run = await CommandLineRun.pvcontrol(["get", "ct", "web", "-oyaml"], socket: server.path)
        #expect(
            run.output == """
                apiVersion: pantavisor.io/v1
                kind: Container
                metadata:
                  name: web
                  uid: uid-web
                  resourceVersion: "7"
                  generation: 2
                  creationTimestamp: "2026-01-31T23:59:59Z"
                  labels:
                    app: web
                spec:
                  group: app
                  statusGoal: READY
                  roles:
                  - mgmt
                status:
                  phase: STARTED
                  conditions:
                  - type: Ready
                    status: "False"
                    reason: NotSignalled
                    message: waits for its signal
                    lastTransitionTime: "2026-02-01T00:00:00Z"

                """)
        try await server.stop()
    }

    @Test func `selectors are sent encoded`() async throws {
        let server = try await server()
        _ = await CommandLineRun.pvcontrol(
            ["get", "ct", "-l", "app=web,!x", "--field-selector", "metadata.name=web"], socket: server.path)
        #expect(
            server.requests.map(\.path) == [
                "\(Self.containers)?labelSelector=app%3Dweb%2C%21x&fieldSelector=metadata.name%3Dweb"
            ])
        try await server.stop()
    }

    @Test func `a socket that is not there is said as upstream does`() async {
        let run = await CommandLineRun.pvcontrol(["get", "ct"], socket: "/nowhere/pv-ctrl")
        #expect(run == CommandLineRun(code: 1, output: "", errors: "ERROR: /nowhere/pv-ctrl not found\n"))
    }

    @Test func `a screen gets colours and no line beyond its width`() async throws {
        let server = try await server()
        let run = await CommandLineRun.pvcontrol(
            ["get", "ct", "web"], socket: server.path, screen: .init(columns: 30, rows: 10, hasColours: true))
        #expect(
            run.output == "\u{1B}[1mNAME   READY   STATUS   RESTA…\u{1B}[0m\n"
                + "web    \u{1B}[32mtrue\u{1B}[0m    \u{1B}[32mREADY\u{1B}[0m         0\n")
        try await server.stop()
    }
}
