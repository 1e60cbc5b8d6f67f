import Foundation
import Offline
import Simulator
import Testing

/// Many whole lives of a device, with whatever chance does to it.
struct SeedTests {
    /// How many seeds there are to try; more of them in `PV_SEEDS`, or with `pantavisor simulate --seeds`.
    private static let count = ProcessInfo.processInfo.environment["PV_SEEDS"].flatMap(UInt64.init) ?? 16

    @Test
    func `whatever goes wrong, the device gets there, and everything stops in the end`() throws {
        let state = try Demo.state()
        for seed in 0..<SeedTests.count {
            let (problems, simulation) = Endurance.problems(of: state, seed: seed)
            #expect(problems == [], "seed \(seed):\n\(simulation.text)")
        }
    }
}
