import Drivers
import Model
import Testing

@testable import LinuxDrivers

@Suite(.timeLimit(.minutes(1))) struct ClockTests {
    @Test func `a wait ends at its instant and not before`() async throws {
        let clock = LinuxClock(reactor: try Reactor())
        let instant = clock.now + .milliseconds(30)
        try await clock.wait(until: instant)
        #expect(clock.now >= instant)
        try await clock.wait(until: .zero)
    }

    @Test func `a cancelled wait ends at once`() async throws {
        let clock = LinuxClock(reactor: try Reactor())
        let wait = Task { try await clock.wait(until: clock.now + .seconds(3600)) }
        wait.cancel()
        await #expect(throws: CancellationError.self) { try await wait.value }
    }

    @Test func `blocking work runs side by side up to its limit`() async throws {
        let threads = Threads(limit: 3)
        let results = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<50 {
                group.addTask {
                    do throws(DriverError) {
                        return try await threads.run { () throws(DriverError) in number }
                    } catch {
                        return nil
                    }
                }
            }
            return await group.reduce(into: Set<Int?>()) { $0.insert($1) }
        }
        #expect(results == Set((0..<50).map(Optional.some)))
    }
}
