import Drivers
import Foundation
import Testing

@testable import LinuxDrivers

@Suite(.serialized, .enabled(if: Sandbox.canRun, Sandbox.skipped), .timeLimit(.minutes(3)))
struct LXCStressTests {
    @Test func `fifty starts and kills leave nothing behind`() async throws {
        let bench = try LinuxBench()
        let launch = try bench.launch("web", .stubborn)
        for round in 0..<50 {
            let driver = try bench.sandbox.containers()
            let run = try await driver.start(launch)
            // By turns: init is killed, the monitor is killed, a stop kills.
            let victim = round % 2 == 0 ? run.pid : ContainerRecords("web", layout: bench.layout).monitor?.pid
            if round % 3 != 2 { kill(pid_t(try #require(victim)), SIGKILL) }
            if round % 5 == 0 { continue }
            try await bench.sandbox.containers().stop("web", grace: .zero)
        }
        try await bench.sandbox.containers().stop("web", grace: .zero)
        try bench.tearDown()
    }

    @Test func `many containers start at once`() async throws {
        let bench = try LinuxBench()
        let driver = try bench.sandbox.containers()
        let names = (0..<16).map { "c\($0)" }
        let launches = try names.map { try bench.launch($0, .stays) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for launch in launches { group.addTask { _ = try await driver.start(launch) } }
            try await group.waitForAll()
        }
        #expect(try await driver.list() == names.sorted())
        print("monitor_private \(try monitorMemory(bench.layout)) kB")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names { group.addTask { try await driver.stop(name, grace: .seconds(5)) } }
            try await group.waitForAll()
        }
        try bench.tearDown()
    }

    /// Private memory of the greediest monitor; the budget is 0.6 MB.
    private func monitorMemory(_ layout: Layout) throws -> Int {
        let monitors = Files.names(in: layout.lxc).compactMap { ContainerRecords($0, layout: layout).monitor?.pid }
        let sizes = monitors.map { pid in
            (Files.text("/proc/\(pid)/smaps_rollup") ?? "").split(separator: "\n")
                .filter { $0.hasPrefix("Private_") }
                .compactMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) }.reduce(0, +)
        }
        let largest = try #require(sizes.max())
        // A debug build gives the helper the Swift libraries; the one that is shipped is C alone.
        let isShipped = try Files.read(Sandbox.helper)?.contains(sequence: "libswiftCore") == false
        #expect(largest <= 600 || !isShipped)
        return largest
    }
}

extension [UInt8] {
    fileprivate func contains(sequence text: String) -> Bool {
        String(decoding: self, as: UTF8.self).contains(text)
    }
}
