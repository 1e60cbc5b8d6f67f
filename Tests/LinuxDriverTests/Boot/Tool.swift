import Foundation
import Testing

/// A program of this machine that knows a format, too.
struct Tool {
    let path: String

    init?(_ name: String) {
        let places = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].map { "\($0)/\(name)" }
        guard let place = places.first(where: FileManager.default.isExecutableFile) else { return nil }
        path = place
    }

    static func areThere(_ names: String...) -> Bool { names.allSatisfy { Tool($0) != nil } }

    /// Runs it and gives what it prints; an exit code other than 0 is an error.
    @discardableResult
    static func run(_ name: String, _ arguments: String...) throws -> String {
        let tool = try #require(Tool(name))
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: tool.path)
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(
            process.terminationStatus == 0, "\(name) \(arguments) failed: \(String(decoding: bytes, as: UTF8.self))")
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A directory of a test's own.
final class Scratch {
    let path = "/tmp/pv-boot-\(UUID().uuidString.prefix(8))"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // Left over in /tmp at worst.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and gives its path.
    @discardableResult
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }
}
