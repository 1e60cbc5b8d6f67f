import Drivers
import Foundation
import Testing

@testable import LinuxDrivers

@Suite(.timeLimit(.minutes(1)))
struct LogTailTests {
    private let bench: LogBench
    private let files: LogFiles

    init() throws {
        bench = try LogBench()
        files = LogFiles(layout: bench.settings.layout, reactor: try Reactor(), threads: Threads())
    }

    private func open(_ path: String, last lines: Int? = nil, follow: Bool = false) async throws -> Reader {
        Reader(try await files.open(path, tailLines: lines, follow: follow))
    }

    /// Reads from a log until it has said what is expected, or ends.
    private final class Reader {
        private var pieces: AsyncThrowingStream<[UInt8], any Error>.Iterator
        private var text = ""

        init(_ stream: AsyncThrowingStream<[UInt8], any Error>) { pieces = stream.makeAsyncIterator() }

        func all() async throws -> String {
            while let piece = try await pieces.next(isolation: #isolation) {
                text += String(decoding: piece, as: UTF8.self)
            }
            return text
        }

        func text(upTo end: String) async throws -> String {
            while !text.hasSuffix(end), let piece = try await pieces.next(isolation: #isolation) {
                text += String(decoding: piece, as: UTF8.self)
            }
            defer { text = "" }
            return text
        }
    }

    @Test(arguments: [(nil, "1\n2\n3\n"), (0, ""), (1, "3\n"), (2, "2\n3\n"), (3, "1\n2\n3\n"), (9, "1\n2\n3\n")])
    func `the last lines are those asked for`(lines: Int?, expected: String) async throws {
        try bench.write("1\n2\n3\n", to: "0/web/app")
        #expect(try await open("0/web/app", last: lines).all() == expected)
        try bench.remove()
    }

    @Test func `the last lines of a long log are found without reading all of it`() async throws {
        let lines = (0..<20_000).map { "line \($0)\n" }
        try bench.write(lines.joined() + "half", to: "0/web/app")
        #expect(try await open("0/web/app", last: 10_001).all() == lines.suffix(10_000).joined() + "half")
        try bench.remove()
    }

    @Test func `a follower goes on over appends, rotation and truncation`() async throws {
        try bench.write("old\n", to: "0/web/app")
        let reader = try await open("0/web/app", last: 1, follow: true)
        #expect(try await reader.text(upTo: "old\n") == "old\n")
        try bench.write("appended\n", to: "0/web/app")
        #expect(try await reader.text(upTo: "appended\n") == "appended\n")
        let path = "\(bench.settings.layout.logs)/0/web/app"
        try bench.write("last\n", to: "0/web/app")
        rename(path, path + ".1")
        try bench.write("after the rotation\n", to: "0/web/app")
        #expect(try await reader.text(upTo: "rotation\n") == "last\nafter the rotation\n")
        truncate(path, 0)
        try bench.write("new\n", to: "0/web/app")
        #expect(try await reader.text(upTo: "new\n") == "new\n")
        try bench.remove()
    }

    @Test func `a follower that is cancelled ends`() async throws {
        try bench.write("", to: "0/web/app")
        let files = files
        let task = Task {
            var count = 0
            for try await piece in try await files.open("0/web/app", tailLines: nil, follow: true) {
                count += piece.count
            }
            return count
        }
        task.cancel()
        #expect(try await task.value == 0)
        try bench.remove()
    }

    @Test(arguments: ["../secret", "0/../../secret", "/etc/passwd", "", "0//x", "0/./x"])
    func `a path that leads out of the logs is refused`(path: String) async throws {
        let error = await #expect(throws: DriverError.self) {
            _ = try await files.open(path, tailLines: nil, follow: false)
        }
        #expect(error?.detail == "not a path below the log directory")
        try bench.remove()
    }

    @Test func `a link in a log's place is not followed`() async throws {
        try bench.write("", to: "0/web/other")
        let path = "\(bench.settings.layout.logs)/0/web/app"
        try #require(symlink("/etc/passwd", path) == 0)
        await #expect(throws: DriverError.self) { _ = try await files.open("0/web/app", tailLines: nil, follow: false) }
        try bench.remove()
    }
}
