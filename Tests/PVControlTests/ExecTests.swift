import Glibc
import Testing

@testable import APIClient
@testable import PVControl

struct ExecTests {
    private static let success = #"3:{"metadata":{},"status":"Success"}"#
    private static let failure = """
        3:{"metadata":{},"status":"Failure","message":"exit status 3","reason":"NonZeroExitCode",\
        "details":{"causes":[{"reason":"ExitCode","message":"3"}]}}
        """

    /// The reading end of a pipe that holds the text and is closed behind it.
    private func pipe(holding text: String) throws -> Int32 {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        try #require(write(ends[1], text, text.utf8.count) == text.utf8.count)
        close(ends[1])
        return ends[0]
    }

    @Test func `input goes in, both outputs come out, the exit code is passed on`() async throws {
        let server = try await ExecServer { message in
            switch message {
            case "start": ["2:early "]
            case "0:hello": ["1:out", "2:err"]
            case "255:0": ["1:!", Self.failure]
            default: []
            }
        }
        let input = try pipe(holding: "hello")
        let run = await CommandLineRun.pvcontrol(
            ["exec", "web", "--", "sh", "-c", "x y"], socket: server.path, input: input)
        close(input)
        try await server.stop()
        #expect(run == CommandLineRun(code: 3, output: "out!", errors: "early err"))
        #expect(server.messages == ["0:hello", "255:0"])
        #expect(
            server.requests == [
                "/apis/pantavisor.io/v1/containers/web/exec?command=sh&command=-c&command=x%20y"
                    + "&stdin=true&stdout=true&stderr=true"
            ])
    }

    @Test func `a terminal is raw while the command runs, tells its size, and is put back`() async throws {
        var (main, side): (Int32, Int32) = (0, 0)
        var size = winsize(ws_row: 33, ws_col: 111, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&main, &side, nil, nil, &size) == 0)
        defer {
            close(main)
            close(side)
        }
        let before = try flags(side)
        let (keyboard, terminal) = (main, side)
        let server = try await ExecServer { message in
            switch message {
            case #"4:{"Width":111,"Height":33}"#:
                // Ctrl-C is a byte for the command, not a signal for us.
                ["1:raw=\((try? self.flags(terminal)) != before), typed=\(write(keyboard, "\u{3}", 1))\r\n"]
            case "0:\u{3}": [Self.success]
            default: []
            }
        }
        let run = await CommandLineRun.pvcontrol(
            ["exec", "web", "--", "sh"], socket: server.path,
            screen: .init(columns: 111, rows: 33, hasColours: true), input: side)
        try await server.stop()
        #expect(run == CommandLineRun(code: 0, output: "raw=true, typed=1\r\n", errors: ""))
        #expect(server.requests.first?.hasSuffix("&stdin=true&stdout=true&tty=true") == true)
        #expect(try flags(side) == before)
    }

    private func flags(_ descriptor: Int32) throws -> UInt32 {
        var settings = termios()
        try #require(tcgetattr(descriptor, &settings) == 0)
        return settings.c_lflag
    }

    @Test func `a server that refuses says why`() async throws {
        let server = try await TestServer { _ in .whole(404, Samples.status(404, "NotFound", "no container web")) }
        let run = await CommandLineRun.pvcontrol(["exec", "web", "--", "sh"], socket: server.path)
        #expect(run == CommandLineRun(code: 1, output: "", errors: "ERROR: no container web (NotFound)\n"))
        try await server.stop()
    }

    @Test func `a command is needed`() async {
        let run = await CommandLineRun.pvcontrol(["exec", "web"])
        #expect(
            run
                == CommandLineRun(
                    code: 2, output: "",
                    errors: "ERROR: name the command: exec web -- COMMAND\nSee 'pvcontrol help exec'.\n"))
    }

    @Test(arguments: [
        ("Success", nil, ExecSession.Output.exited(code: 0, message: "")),
        ("Failure", "ExitCode", .exited(code: 7, message: "")),
        ("Failure", "Other", .exited(code: 1, message: "it broke")),
    ])
    func `the last message is the exit code`(status: String, cause: String?, expected: ExecSession.Output) {
        let causes = cause.map { #","details":{"causes":[{"reason":"\#($0)","message":"7"}]}"# } ?? ""
        let text = #"{"status":"\#(status)","message":"it broke"\#(causes)}"#
        #expect(ExecSession.output([3] + Array(text.utf8)) == expected)
    }

    @Test func `a screen is as large as its terminal, and has colours unless they are unwanted`() throws {
        var (main, side): (Int32, Int32) = (0, 0)
        var size = winsize(ws_row: 40, ws_col: 99, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&main, &side, nil, nil, &size) == 0)
        defer {
            close(main)
            close(side)
        }
        typealias Screen = Console.Screen
        #expect(
            Screen(descriptor: side, environment: .init([:])) == Screen(columns: 99, rows: 40, hasColours: true))
        #expect(Screen(descriptor: side, environment: .init(["NO_COLOR": "1"]))?.hasColours == false)
        #expect(Screen(descriptor: side, environment: .init(["NO_COLOR": ""]))?.hasColours == true)
        #expect(Screen(descriptor: side, environment: .init(["TERM": "dumb"]))?.hasColours == false)
        let pipe = try self.pipe(holding: "")
        #expect(Screen(descriptor: pipe, environment: .init([:])) == nil)
        close(pipe)
    }
}
