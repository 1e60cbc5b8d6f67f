import JSON
import Testing

@testable import PVControl

struct JSONPathTests {
    private static let document: JSONValue = [
        "kind": "List",
        "items": [
            [
                "metadata": ["name": "web", "labels": ["app.io/x": "1"]],
                "status": ["phase": "READY", "pid": 12, "load": 0.5, "ok": true],
            ],
            ["metadata": ["name": "db"], "status": ["phase": "STARTED", "pid": 7, "ok": false]],
            ["metadata": ["name": "ui"], "status": ["phase": "READY"]],
        ],
    ]

    @Test(arguments: [
        ("{.kind}", "List"),
        (".kind", "List"),
        ("kind", "List"),
        ("{$.kind}", "List"),
        ("{.items[*].metadata.name}", "web db ui"),
        ("{.items[0].metadata.name}", "web"),
        ("{.items[-1].metadata.name}", "ui"),
        ("{.items[0:2].metadata.name}", "web db"),
        ("{.items[::2].metadata.name}", "web ui"),
        ("{.items[0,2].metadata.name}", "web ui"),
        ("{.items[9].metadata.name}", ""),
        ("{.items[*]['metadata','status'].name}", "web db ui"),
        ("{.items[0].metadata.labels['app.io/x']}", "1"),
        (#"{.items[0].metadata.labels.app\.io/x}"#, "1"),
        ("{..phase}", "READY STARTED READY"),
        ("{.items[0].status.*}", "READY 12 0.5 true"),
        (#"{.items[?(@.status.phase=="READY")].metadata.name}"#, "web ui"),
        (#"{.items[?(@.status.phase != 'READY')].metadata.name}"#, "db"),
        ("{.items[?(@.status.pid > 7)].metadata.name}", "web"),
        ("{.items[?(@.status.pid>=7)].metadata.name}", "web db"),
        ("{.items[?(@.status.pid)].metadata.name}", "web db"),
        ("{.items[?(@.status.ok==true)].metadata.name}", "web"),
        (#"{range .items[*]}{.metadata.name}{"\t"}{.status.phase}{"\n"}{end}"#, "web\tREADY\ndb\tSTARTED\nui\tREADY\n"),
        ("name={.items[0].metadata.name}, next", "name=web, next"),
        ("{.items[0].metadata.labels}", #"{"app.io/x":"1"}"#),
        ("{.no.such}", ""),
    ])
    func `a template makes its text`(template: String, expected: String) throws {
        #expect(try JSONPath(template).text(of: Self.document) == expected)
    }

    @Test(arguments: [
        ("{.a", "'}' expected at 3, found the end"),
        ("{.items[}", "']' expected at 9, found the end"),
        ("{.items[x]}", "'[x]' is neither an index, a slice, a quoted name, * nor a filter"),
        ("{.items[1:x]}", "'[1:x]' is not a slice like [1:3]"),
        ("{range .items[*]}{.a}", "{range} without {end}"),
        ("{end}", "{end} without {range}"),
        (#"{"abc}"#, "a quoted text does not end"),
        ("{.items[?(@.a==b)]}", "'b' is neither a path, a quoted text nor a number"),
    ])
    func `a wrong template says what is wrong`(template: String, reason: String) {
        #expect(throws: CommandError.usage("jsonpath '\(template)': \(reason)", command: nil)) {
            try JSONPath(template)
        }
    }
}
