import Foundation
import StateFormat
import Testing

struct DocumentationTests {
    private let page: String

    init() throws {
        page = String(decoding: try Manifests.text("../docs/state-format.md"), as: UTF8.self)
    }

    @Test func `the documentation's example is a valid revision`() throws {
        let examples = blocks("json")
        #expect(examples.count == 1)
        for example in examples { #expect(problems(Array(example.utf8)) == []) }
    }

    @Test func `the documentation's errors are the real ones`() throws {
        #expect(
            blocks("text") == [String(decoding: try Manifests.text("invalid/many-problems.expected"), as: UTF8.self)])
    }

    @Test func `the documentation's numbers are the real ones`() {
        let limits = [
            "| paths | \(StateLimits.entries), each \(StateLimits.path) bytes and \(StateLimits.pathParts) parts, each part of one \(StateLimits.component) bytes |",
            "| containers | \(StateLimits.containers) |", "| groups, disks, pools | \(StateLimits.groups) each |",
            "| entries of any other list | \(StateLimits.list) |", "| text of one member | \(StateLimits.text) bytes |",
            "| `max_retries` | 0 (no limit) to \(StateLimits.retries) |", "seconds, 0 to \(StateLimits.seconds) |",
        ]
        #expect(limits.filter { !page.contains($0) } == [])
    }

    private func blocks(_ language: String) -> [String] {
        page.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
    }
}
