import Foundation
import JSON
import Model
import Testing

@testable import PVControl

struct CommandTests {
    private static let root = "/apis/pantavisor.io/v1/containers"

    private static let happened = """
        {"kind":"EventList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[
        {"metadata":{"name":"b","resourceVersion":"9"},"involvedObject":{"kind":"Container","name":"web"},
        "type":"Warning","reason":"Exited","message":"exited with code 3","lastTimestamp":"2026-02-01T00:00:30Z",
        "count":2},
        {"metadata":{"name":"a","resourceVersion":"8"},"involvedObject":{"kind":"Container","name":"web"},
        "type":"Normal","reason":"Started","message":"init is process 12","lastTimestamp":"2026-02-01T00:00:00Z"}]}
        """.oneLine

    private func run(
        _ line: String, screen: Console.Screen? = nil,
        _ answer: @escaping @Sendable (TestServer.Request) -> TestServer.Answer
    ) async throws -> (CommandLineRun, [String]) {
        let server = try await TestServer(answer)
        let words = line.split(separator: " ").map(String.init)
        let run = await CommandLineRun.pvcontrol(words, socket: server.path, screen: screen)
        try await server.stop()
        return (run, server.requests.map(\.description))
    }

    @Test func `describe says everything, conditions and events included`() async throws {
        let (run, requests) = try await run("describe ct/web", screen: .init(columns: 70, rows: 9, hasColours: false)) {
            .whole(200, $0.path.hasPrefix("/api/v1/events") ? Self.happened : Samples.container)
        }
        #expect(
            run.output
                == """
                Name:            web
                Kind:            Container (pantavisor.io/v1)
                Created:         2026-01-31T23:59:59Z (121s ago)
                Generation:      2
                Labels:          app=web

                Spec:
                  group:      app
                  statusGoal: READY
                  roles:      mgmt

                Status:
                  phase: STARTED

                Conditions:
                  TYPE    STATUS   SINCE   REASON         MESSAGE
                  Ready   False    2m      NotSignalled   waits for its signal

                Events:
                  LAST SEEN   TYPE      REASON    MESSAGE
                  2m          Normal    Started   init is process 12
                  90s (x2)    Warning   Exited    exited with code 3

                """.replacing("121s", with: "2m"))
        #expect(
            requests == [
                "GET \(Self.root)/web",
                "GET /api/v1/events?fieldSelector=involvedObject.kind%3DContainer%2CinvolvedObject.name%3Dweb",
            ])
    }

    @Test func `events are told in order, and a watch goes on`() async throws {
        let (once, _) = try await run("events") { _ in .whole(200, Self.happened) }
        #expect(
            once.output == """
                LAST SEEN   TYPE      REASON    OBJECT          MESSAGE
                2m          Normal    Started   container/web   init is process 12
                90s (x2)    Warning   Exited    container/web   exited with code 3

                """)
        let next = """
            {"type":"ADDED","object":{"metadata":{"name":"c","resourceVersion":"10"},"involvedObject":\
            {"kind":"Container","name":"db"},"type":"Normal","reason":"Ready","message":"it is",\
            "lastTimestamp":"2026-02-01T00:01:00Z"}}

            """
        let forbidden = #"{"type":"ERROR","object":"# + Samples.status(403, "Forbidden", "not mgmt") + "}\n"
        let (watched, requests) = try await run("events -w") {
            $0.path.contains("watch=true") ? .stream([next, forbidden]) : .whole(200, Self.happened)
        }
        #expect(watched.output == once.output + "60s         Normal    Ready     container/db    it is\n")
        #expect(watched.errors == "ERROR: not mgmt (Forbidden)\n")
        #expect(
            requests == [
                "GET /api/v1/events", "GET /api/v1/events?watch=true&allowWatchBookmarks=true&resourceVersion=9",
            ])
    }

    @Test func `events of one second are in the order of their versions`() {
        let events = [10, 9].map { version -> JSONValue in
            [
                "metadata": ["resourceVersion": .string(String(version))], "reason": .string("r\(version)"),
                "lastTimestamp": "2026-02-01T00:00:00Z",
            ]
        }
        let table = EventRows.table(events, now: Timestamp(seconds: 1_769_904_120), withObject: false)
        #expect(table.rows.map { $0[2] } == ["r9", "r10"])
    }

    @Test func `logs are passed on as they come`() async throws {
        let (run, requests) = try await run("logs web --tail 5 -f --source lxc") { _ in .stream(["a\nb", "c\n"]) }
        #expect(run == CommandLineRun(code: 0, output: "a\nbc\n", errors: ""))
        #expect(requests == ["GET \(Self.root)/web/log?source=lxc&tailLines=5&follow=true"])
    }

    @Test func `logs of a container that is not there are an error`() async throws {
        let (run, _) = try await run("logs nope") { _ in Samples.notFound("nope") }
        #expect(
            run
                == CommandLineRun(
                    code: 1, output: "", errors: "ERROR: containers.pantavisor.io \"nope\" not found (NotFound)\n"))
    }

    @Test func `a reader that went away ends the output as a broken pipe does`() async throws {
        let server = try await TestServer { _ in .stream(["a\n", "b\n"], ends: false) }
        let run = await CommandLineRun.pvcontrol(["logs", "web"], socket: server.path, outputLimit: 1)
        #expect(run.code == 141)
        #expect(run.errors == "")
        try await server.stop()
    }

    @Test func `a server that closes in the middle is said so`() async throws {
        let server = try await TestServer { _ in .drop }
        let run = await CommandLineRun.pvcontrol(["get", "ct"], socket: server.path)
        #expect(
            run
                == CommandLineRun(
                    code: 1, output: "",
                    errors: "ERROR: \(server.path): the server closed the connection before it had answered\n"))
        try await server.stop()
    }

    @Test func `a socket where nobody listens is said so`() async throws {
        let server = try await TestServer { _ in .drop }
        let path = server.path + "-dead"
        try FileManager.default.moveItem(atPath: server.path, toPath: path)
        try await server.stop()
        let run = await CommandLineRun.pvcontrol(["get", "ct"], socket: path)
        try FileManager.default.removeItem(atPath: path)
        let error = "ERROR: \(path): connection refused: nobody listens there (is pantavisor running?)\n"
        #expect(run == CommandLineRun(code: 1, output: "", errors: error))
    }

    @Test func `explain fetches what it needs and prints the path`() async throws {
        let (run, requests) = try await run("explain container web") { request in
            switch request.path {
            case "\(Self.root)/web": .whole(200, Samples.container)
            case Self.root: .whole(200, #"{"kind":"ContainerList","apiVersion":"v1","items":[]}"#)
            default: Samples.notFound("x")
            }
        }
        #expect(
            run.output == """
                container/web is not at its goal: it is STARTED, its goal is READY
                └─ it runs, and has not signalled that it is ready

                Cause:  it runs, and has not signalled that it is ready
                Remedy: the container must run 'pvcontrol signal ready'; see pvcontrol logs web

                """)
        #expect(requests.count == ResourceType.known.count)
    }

    @Test func `kinds that this tool does not know are looked up`() async throws {
        let (run, requests) = try await run("get thing --no-headers") { request in
            switch request.path {
            case "/apis": .whole(200, #"{"groups":[{"preferredVersion":{"groupVersion":"x.io/v2"}}]}"#)
            case "/apis/x.io/v2":
                .whole(
                    200,
                    #"{"groupVersion":"x.io/v2","resources":[{"name":"things","singularName":"thing","kind":"Thing"}]}"#
                )
            case "/apis/x.io/v2/things": .whole(200, Samples.table([Samples.row("a", "READY")]))
            default: Samples.notFound("x")
            }
        }
        #expect(run == CommandLineRun(code: 0, output: "a   true   READY   0   5m\n", errors: ""))
        #expect(requests == ["GET /apis", "GET /apis/x.io/v2", "GET /api/v1", "GET /apis/x.io/v2/things"])
    }

    @Test func `a kind that nobody knows is an error with the nearest one`() async throws {
        let list =
            #"{"groupVersion":"x.io/v2","resources":[{"name":"things","singularName":"thing","kind":"Thing"}]}"#
        let (run, _) = try await run("get thinsg") { request in
            switch request.path {
            case "/apis": .whole(200, #"{"groups":[{"preferredVersion":{"groupVersion":"x.io/v2"}}]}"#)
            case "/apis/x.io/v2": .whole(200, list)
            default: Samples.notFound("x")
            }
        }
        #expect(
            run.errors
                == "ERROR: there is no kind 'thinsg'. Did you mean 'things'? See 'pvcontrol api-resources'.\n")
    }

    @Test func `an output file takes what would be printed`() async throws {
        let server = try await TestServer { _ in .whole(200, "[]") }
        let run = await CommandLineRun.pvcontrol(["-f", "/dev/null", "ls"], socket: server.path)
        #expect(run == CommandLineRun(code: 0, output: "", errors: ""))
        try await server.stop()
    }
}
