/// Answers of a server, as small as they can be.
enum Samples {
    static let columns = """
        [{"name":"Name","type":"string","format":"name","priority":0},
        {"name":"Ready","type":"boolean","format":"","priority":0},
        {"name":"Status","type":"string","format":"","priority":0},
        {"name":"Restarts","type":"integer","format":"","priority":0},
        {"name":"PID","type":"integer","format":"","priority":1},
        {"name":"Age","type":"date","format":"","priority":0}]
        """

    static func row(_ name: String, _ phase: String, restarts: Int = 0, version: Int = 1) -> String {
        """
        {"cells":["\(name)",\(phase == "READY"),"\(phase)",\(restarts),\(phase == "READY" ? "123" : "null"),"5m"],
        "object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",
        "metadata":{"name":"\(name)","uid":"uid-\(name)","resourceVersion":"\(version)"},
        "status":{"restarts":\(restarts)}}}
        """
    }

    static func table(_ rows: [String], version: Int = 10, columns: String = Samples.columns) -> String {
        """
        {"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"\(version)"},
        "columnDefinitions":\(columns),"rows":[\(rows.joined(separator: ","))]}
        """.oneLine
    }

    static func event(_ type: String, _ rows: [String], version: Int) -> String {
        #"{"type":"\#(type)","object":\#(table(rows, version: version, columns: "[]"))}"# + "\n"
    }

    static let container = """
        {"apiVersion":"pantavisor.io/v1","kind":"Container","metadata":{"name":"web","uid":"uid-web",
        "resourceVersion":"7","generation":2,"creationTimestamp":"2026-01-31T23:59:59Z","labels":{"app":"web"}},
        "spec":{"group":"app","statusGoal":"READY","roles":["mgmt"]},
        "status":{"phase":"STARTED","conditions":[{"type":"Ready","status":"False","reason":"NotSignalled",
        "message":"waits for its signal","lastTransitionTime":"2026-02-01T00:00:00Z"}]}}
        """.oneLine

    static func status(_ code: Int, _ reason: String, _ message: String) -> String {
        """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"\(message)",
        "reason":"\(reason)","code":\(code)}
        """.oneLine
    }

    static func notFound(_ name: String) -> TestServer.Answer {
        .whole(404, status(404, "NotFound", "containers.pantavisor.io \\\"\(name)\\\" not found"))
    }
}

extension String {
    var oneLine: String { split(separator: "\n").joined() }
}
