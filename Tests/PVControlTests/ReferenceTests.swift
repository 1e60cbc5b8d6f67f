import Foundation
import Testing

@testable import PVControl

struct ReferenceTests {
    @Test func `the reference in docs is what the table of commands says`() throws {
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let written = try String(contentsOf: checkout.appending(path: "docs/pvcontrol.md"), encoding: .utf8)
        #expect(written == Help.markdown, "run: pvcontrol help --markdown >docs/pvcontrol.md")
    }
}
