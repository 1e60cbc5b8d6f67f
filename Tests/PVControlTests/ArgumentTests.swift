import Testing

@testable import PVControl

struct ArgumentTests {
    /// What a command line was understood as, in one line.
    private func parse(_ line: String) throws -> String {
        switch try ArgumentParser(commands: CommandSet.all).parse(line.split(separator: " ").map(String.init)) {
        case .help(let words): return "help \(words.joined(separator: " "))"
        case .version: return "version"
        case .run(let command, let options, let arguments, let trailing):
            let options = options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.joined(separator: ","))" }
            return ([command.name] + options + arguments + (trailing.isEmpty ? [] : ["--"] + trailing))
                .joined(separator: " | ")
        }
    }

    @Test(arguments: [
        ("get ct", "get | ct"),
        ("-s /x get ct web -o json", "get | output=json | socket=/x | ct | web"),
        ("get -ojson ct", "get | output=json | ct"),
        ("get -wo=json ct", "get | output=json | watch=true | ct"),
        ("get --output=wide --watch ct", "get | output=wide | watch=true | ct"),
        ("exec web -- sh -c ls", "exec | web | -- | sh | -c | ls"),
        ("logs -f web --tail 5", "logs | follow=true | tail=5 | web"),
        ("containers start web", "containers start | web"),
        ("list", "ls"),
        ("objects put -12 abc", "objects put | -12 | abc"),
        ("command run locals/x", "cmd run | locals/x"),
        ("-m hello -f out steps ls", "steps ls | message=hello | output-file=out"),
        ("containers --help", "help containers"),
        ("get --help", "help get"),
        ("-h", "help "),
        ("", "help "),
        ("--version", "version"),
    ])
    func `a command line is understood`(line: String, expected: String) throws {
        #expect(try parse(line) == expected)
    }

    @Test(arguments: [
        ("gte ct", "unknown command 'gte'. Did you mean 'get'?", nil),
        ("descr x", "unknown command 'descr'. Did you mean 'describe'?", nil),
        ("xyzzy", "unknown command 'xyzzy'", nil),
        ("containers", "'containers' needs one of: ls, start, stop, restart", "containers"),
        ("containers strat x", "unknown: 'containers strat'. Did you mean 'start'?", "containers"),
        ("get ct --ouptut x", "unknown option '--ouptut'. Did you mean '--output'?", "get"),
        ("get ct -z", "unknown option '-z'", "get"),
        ("get ct -o", "-o needs a value: -o FORMAT", "get"),
        ("get ct --watch=yes", "--watch takes no value", "get"),
        ("get", "'get' needs KIND", "get"),
        ("steps get", "'steps get' needs REVISION", "steps get"),
        ("ls web", "'ls' does not take 'web'", "ls"),
    ])
    func `a wrong command line says what was meant`(line: String, text: String, command: String?) {
        #expect(throws: CommandError.usage(text, command: command)) { try parse(line) }
    }

    @Test func `a usage error ends with 2 and points to the help`() async {
        let run = await CommandLineRun.pvcontrol(["get"])
        #expect(
            run == CommandLineRun(code: 2, output: "", errors: "ERROR: 'get' needs KIND\nSee 'pvcontrol help get'.\n"))
    }

    @Test(arguments: [
        ("get", "get", 0), ("gte", "get", 1), ("describe", "descirbe", 1), ("", "abc", 3), ("abc", "", 3),
    ])
    func `words are as far apart as the edits between them`(left: String, right: String, distance: Int) {
        #expect(editDistance(left, right) == distance)
    }

    @Test func `no help line is wider than 80 columns`() throws {
        let texts = [Help.overview] + (try CommandSet.all.map { try Help.text(about: $0.words) })
        let lines = texts.flatMap { $0.split(separator: "\n") }
        #expect(lines.filter { String($0).displayWidth > 80 }.isEmpty)
    }

    @Test(arguments: [
        ("ge", ["get"]),
        ("", ["get", "watch", "top", "describe", "explain", "events", "wait", "apply", "delete", "edit"]),
        ("containers ", ["ls", "start", "stop", "restart"]),
        ("containers st", ["start", "stop"]),
        ("get gr", ["groups", "grp"]),
        ("get ct -o ", ["table", "wide", "json", "yaml", "name", "jsonpath="]),
        ("get ct --output=y", ["--output=yaml"]),
        ("get ct --wat", ["--watch"]),
        ("signal r", ["ready"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("-s /x ge", ["get"]),
    ])
    func `a shell is offered what can come next`(line: String, expected: [String]) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard case .words(let offered) = Completion(commands: CommandSet.all).offer(for: words) else {
            Issue.record("no words are offered")
            return
        }
        #expect(Array(offered.prefix(10)) == expected)
    }

    @Test(arguments: [
        ("describe ct ", Completion.Offer.names(kind: "ct", prefix: "")),
        ("describe ct/w", .names(kind: "ct", prefix: "ct/")),
        ("logs ", .names(kind: "container", prefix: "")),
        ("version ", .nothing),
    ])
    func `a shell is offered names`(line: String, expected: Completion.Offer) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        #expect(Completion(commands: CommandSet.all).offer(for: words) == expected)
    }
}
