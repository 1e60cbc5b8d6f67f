import Foundation
import Testing

/// A device on this host: the real executable, the demo revision, real containers.
///
/// Needs root and `hack/build.sh`.
final class Appengine {
    static let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let executable = top.appending(path: "out/pantavisor").path
    static var isPossible: Bool { geteuid() == 0 && FileManager.default.isExecutableFile(atPath: executable) }

    let storage: String
    let run: String
    private(set) var process: Process?
    /// Beside those that name its directories.
    var arguments: [String] = []

    init() throws {
        let name = UUID().uuidString.prefix(8)
        storage = "/tmp/pv-test-\(name)/storage"
        // The control socket's path must stay short.
        run = "/run/pv-test-\(name)"
        try Appengine.shell("\(Appengine.top.path)/hack/make-demo-storage.sh", [storage])
    }

    var socket: String { "\(run)/pv-ctrl" }
    /// The control group of this instance, named after its run directory.
    var cgroup: String {
        let hash = run.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "pantavisor-" + String(format: "%016lx", hash)
    }

    func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: Appengine.executable)
        process.arguments = ["appengine", "--storage", storage, "--run", run] + arguments
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
    }

    /// Starts, and waits until every goal is reached.
    func startUntilReady() throws {
        try start()
        try waitUntilReady()
    }

    func waitUntilReady() throws {
        try pvcontrol("wait", "device/self", "--for=condition=Ready", "--timeout", "60s")
    }

    /// Asks for an orderly end, and returns the exit code.
    @discardableResult func stop() -> Int32 {
        guard let process else { return 0 }
        process.terminate()
        process.waitUntilExit()
        self.process = nil
        return process.terminationStatus
    }

    /// Kills supervisor and runtime at once, as a crash of everything would; perhaps the containers as well.
    func killEverything(withContainers: Bool) throws {
        guard let process else { return }
        let runtime = try? runtimePid()
        kill(process.processIdentifier, SIGKILL)
        if let runtime { kill(runtime, SIGKILL) }
        process.waitUntilExit()
        self.process = nil
        guard withContainers else { return }
        // A monitor's death is its container's.
        let monitors = try Appengine.shell("/usr/bin/pgrep", ["-f", "pv-lxc-start.*\(run)"])
        for monitor in monitors.split(separator: "\n").compactMap({ Int32($0) }) { kill(monitor, SIGKILL) }
    }

    /// The runtime is the supervisor's child that was started as `pantavisor runtime`.
    func runtimePid() throws -> Int32 {
        let parent = try #require(process).processIdentifier
        let children = try Appengine.shell("/usr/bin/pgrep", ["-P", "\(parent)", "-f", "pantavisor runtime"])
        return try #require(children.split(separator: "\n").first.flatMap { Int32($0) })
    }

    /// The log server is the supervisor's child that was started as `pv-log`.
    func logServerPid() throws -> Int32 {
        let parent = try #require(process).processIdentifier
        let children = try Appengine.shell("/usr/bin/pgrep", ["-P", "\(parent)", "-f", "^pv-log"])
        return try #require(children.split(separator: "\n").first.flatMap { Int32($0) })
    }

    @discardableResult func pvcontrol(_ arguments: String...) throws -> String {
        try Appengine.shell(Appengine.executable, ["pvcontrol", "-s", socket] + arguments)
    }

    /// What `explain` says, whether the resource is at its goal or not.
    func explanation(of resource: String) throws -> String {
        do {
            return try pvcontrol("explain", resource)
        } catch let error as CommandFailed {
            return error.description
        }
    }

    /// Container pids by name, as the API tells them.
    func pids() throws -> [String: Int] {
        let text = try pvcontrol("get", "containers", "-o", "json")
        let list = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let items = try #require(list["items"] as? [[String: Any]])
        return items.reduce(into: [:]) { pids, item in
            let name = (item["metadata"] as? [String: Any])?["name"] as? String
            let pid = (item["status"] as? [String: Any])?["pid"] as? Int
            if let name, let pid { pids[name] = pid }
        }
    }

    /// Stops what runs and removes every trace of the test.
    func remove() throws {
        stop()
        try FileManager.default.removeItem(atPath: URL(filePath: storage).deletingLastPathComponent().path)
        try FileManager.default.removeItem(atPath: run)
    }

    struct CommandFailed: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a command and returns its standard output; a failure carries what it said.
    @discardableResult static func shell(_ command: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        let errors = FileManager.default.temporaryDirectory.appending(path: "pv-test-\(UUID().uuidString)")
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }  // A leftover in /tmp harms nobody.
        process.executableURL = URL(filePath: command)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let said = try String(contentsOf: errors, encoding: .utf8)
            throw CommandFailed(
                description:
                    "\(command) \(arguments.joined(separator: " ")): \(process.terminationStatus)\n\(said)\(text)")
        }
        return text
    }
}

/// What an instance could leave behind on the host.
struct Leftovers: Equatable {
    let mounts: [String]
    let loops: [String]
    let groups: [String]

    /// Everything that names this instance's directories.
    init(of device: Appengine) throws {
        let places = [device.storage, device.run]
        func concerning(_ text: String) -> [String] {
            text.split(separator: "\n").map(String.init).filter { line in places.contains { line.contains($0) } }
        }
        mounts = concerning(try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8))
        loops = concerning(
            try Appengine.shell("/sbin/losetup", ["--list", "--noheadings", "--output", "NAME,BACK-FILE"]))
        let root = "/sys/fs/cgroup"
        let hierarchies = try FileManager.default.contentsOfDirectory(atPath: root).map { "\(root)/\($0)" } + [root]
        groups = hierarchies.map { "\($0)/\(device.cgroup)" }.filter(FileManager.default.fileExists)
    }

    var isEmpty: Bool { mounts.isEmpty && loops.isEmpty && groups.isEmpty }
}
