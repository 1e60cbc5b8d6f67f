import Drivers
import Foundation
import Logging
import Synchronization
import Testing

@testable import LinuxDrivers

/// The maker's programs, as they are run on a device.
@Suite(.timeLimit(.minutes(1))) final class HookProgramsTests {
    private let directory = NSTemporaryDirectory() + "pv-hooks-\(UUID().uuidString)"
    private let lines = Lines()

    init() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: directory) } catch { Issue.record(error) }
    }

    private func add(_ name: String, _ script: String, mode: Int = 0o755) throws {
        let path = "\(directory)/\(name)"
        try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func programs(limit: Duration = .seconds(20)) -> HookPrograms {
        let lines = lines
        return HookPrograms(
            layout: Layout(storage: "/storage", run: "/run/pv"), directory: directory, limit: limit,
            threads: Threads(limit: 1), logger: Logger(label: "hooks") { _ in lines })
    }

    private func run(_ point: HookPoint = .beforeInstall, limit: Duration = .seconds(20)) async throws(DriverError) {
        let context = HookContext(revision: "locals/one", tryRevision: "2", isTryBoot: true, status: "DONE")
        try await programs(limit: limit).run(point, context)
    }

    @Test func `programs are run in the order of their names, and told where they are`() async throws {
        try add("20-second", "echo second >>\(directory)/out")
        try add("10-first", "echo $PV_OP $PV_REV $PV_TRY $PV_TRYBOOT $PV_STATUS $PV_OBJ_STORAGE >>\(directory)/out")
        try add("30-no-program", "echo third >>\(directory)/out", mode: 0o644)
        try await run()
        #expect(
            try String(contentsOfFile: "\(directory)/out", encoding: .utf8)
                == "system-before-install-update locals/one 2 1 DONE /storage/objects\nsecond\n")
    }

    @Test func `one that fails is named, those after it are not run, and what it printed is in the log`() async throws {
        try add("10-bad", "echo no space left >&2; exit 3")
        try add("20-after", "echo after >>\(directory)/out")
        let error = await #expect(throws: DriverError.self) { try await self.run() }
        #expect(
            error?.description
                == "RunHook \(directory)/10-bad: at system-before-install-update it exited with 3")
        #expect(!FileManager.default.fileExists(atPath: "\(directory)/out"))
        #expect(lines.all.contains { $0.contains("no space left") })
    }

    @Test func `one that takes too long is killed, with what it started`() async throws {
        try add("10-slow", "sleep 1000 & echo $! >\(directory)/pid; wait")
        let error = await #expect(throws: DriverError.self) { try await self.run(limit: .seconds(1)) }
        #expect(error?.detail == "at system-before-install-update it took longer than 1 s and was killed")
        let text = try String(contentsOfFile: "\(directory)/pid", encoding: .utf8)
        let pid = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(pid, 0) != 0 || isZombie(pid))
    }

    @Test func `what nothing waits for is begun, and its failure is in the log`() async throws {
        let gate = "\(directory)/gate"
        #expect(mkfifo(gate, 0o600) == 0)
        try add("10-bad", "read word <\(gate); exit 4")
        try await programs().begin(.done, HookContext(revision: "1"))
        // It waits until somebody writes; had the call waited for it, this would never be reached.
        try "go\n".write(toFile: gate, atomically: false, encoding: .utf8)
        #expect(await lines.first { $0.contains("exited with 4") }.contains("a hook failed"))
    }

    @Test func `a device without hooks has nothing to run`() async throws {
        try FileManager.default.removeItem(atPath: directory)
        try await run()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    private func isZombie(_ pid: pid_t) -> Bool {
        (Files.text("/proc/\(pid)/stat") ?? "").split(separator: " ").dropFirst(2).first == "Z"
    }
}

/// What was logged.
private final class Lines: LogHandler {
    private struct State {
        var all: [String] = []
        var waiting: [(matches: @Sendable (String) -> Bool, tell: CheckedContinuation<String, Never>)] = []
    }

    private let state = Mutex(State())

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let line = "\(event.message) \(event.metadata ?? [:])"
        let told = state.withLock { state in
            state.all.append(line)
            let told = state.waiting.filter { $0.matches(line) }
            state.waiting.removeAll { $0.matches(line) }
            return told
        }
        for waiter in told { waiter.tell.resume(returning: line) }
    }

    var all: [String] { state.withLock { $0.all } }

    /// The first line that there is, or that comes.
    func first(where matches: @escaping @Sendable (String) -> Bool) async -> String {
        await withCheckedContinuation { continuation in
            let line = state.withLock { state -> String? in
                if let line = state.all.first(where: matches) { return line }
                state.waiting.append((matches, continuation))
                return nil
            }
            if let line { continuation.resume(returning: line) }
        }
    }
}
