import Foundation
import JSON
import StateFormat
import Testing

struct ManifestTests {
    @Test(arguments: Manifests.valid)
    func `a valid revision is read without problems`(name: String) throws {
        #expect(problems(try Manifests.text("revisions/\(name).json")) == [])
    }

    @Test(arguments: Manifests.invalid)
    func `an invalid revision is refused with every problem at once`(name: String) throws {
        let expected = String(decoding: try Manifests.text("invalid/\(name).expected"), as: UTF8.self)
        let found = problems(try Manifests.text("invalid/\(name).json"))
        #expect(found.joined(separator: "\n") + "\n" == expected)
    }

    @Test func `there are enough examples`() {
        #expect(Manifests.valid.count >= 40)
        #expect(Manifests.invalid.count >= 45)
    }

    @Test func `the demo is a valid revision`() throws {
        #expect(problems(try Manifests.text("revisions/demo/state.json")) == [])
    }
}
