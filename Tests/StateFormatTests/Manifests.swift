import Foundation
import JSON
import StateFormat

/// The example revisions of the repository.
enum Manifests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "manifests")

    static let valid = names(in: "revisions")
    static let invalid = names(in: "invalid")

    static func text(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: directory.appending(path: path)))
    }

    static func document(_ name: String) throws -> StateDocument {
        try StateDocument(parsing: text("revisions/\(name).json"))
    }

    private static func names(in folder: String) -> [String] {
        let path = directory.appending(path: folder).path()
        // A folder that cannot be read gives no names, which the counts in the tests notice.
        let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }
}

/// What is wrong with a revision, line by line as in the `.expected` files.
func problems(_ text: [UInt8], options: StateOptions = .init()) -> [String] {
    do throws(InvalidState) {
        _ = try StateDocument(parsing: text, options: options)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}
