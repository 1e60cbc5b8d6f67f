import APIServer
import CShims
import Controllers
import Drivers
import FakeDrivers
import Glibc
import JSON
import LinuxDrivers
import Logging
import Model
import Offline
import Simulator
import StateFormat
import Store

/// `pantavisor simulate`: runs a revision against fake drivers in virtual time and prints what happened.
///
/// Exit code 0 when the device came to rest with every goal reached, 3 when it did not.
func runSimulation(_ arguments: [String]) throws -> Int32 {
    if arguments == ["--help"] {
        print(SimulateOptions.usage)
        return 0
    }
    let options = try SimulateOptions(arguments)
    let state = try readState(options.revision)
    do throws(InvalidState) {
        _ = try StateDocument(state)
    } catch {
        for problem in error.problems { writeToStandardError("\(options.revision): \(problem)\n") }
        return 1
    }
    if let seeds = options.seeds { return endure(state, seeds, withUpdates: options.livesWithUpdates) }
    var faults = options.isChaotic ? SimulationFaults.rough : .none
    faults.script = options.faults
    let simulation = DeviceSimulation.make(of: state, seed: options.seed, faults: faults, scripts: options.scripts)
    let ending = simulation.run(until: .seconds(options.until))
    for entry in simulation.history { print(entry) }
    let isReady = simulation.isReady
    print(verdict(ending, isReady: isReady, after: simulation))
    if let socket = options.socket, let store = simulation.store {
        try serve(store, at: socket, and: options.containerSocket, from: simulation.now)
    }
    return isReady && simulation.world.violations.isEmpty ? 0 : 3
}

/// Lives one life for each seed; a seed that shows a problem replays with the same number.
private func endure(_ state: JSONValue, _ seeds: ClosedRange<UInt64>, withUpdates: Bool) -> Int32 {
    var failed = 0
    for seed in seeds {
        let (problems, simulation) =
            withUpdates
            ? UpdateEndurance.problems(of: state, seed: seed) : Endurance.problems(of: state, seed: seed)
        guard !problems.isEmpty else { continue }
        failed += 1
        for entry in simulation.history { print(entry) }
        print("seed \(seed): \(problems.joined(separator: "; "))")
    }
    print("\(seeds.count - failed) seeds passed, \(failed) failed")
    return failed == 0 ? 0 : 3
}

private func verdict(_ ending: Simulation.Ending, isReady: Bool, after simulation: Simulation) -> String {
    let time = "after \(simulation.now.milliseconds) ms, \(simulation.steps) steps, \(simulation.deaths) deaths"
    let rest = isReady ? "every goal is reached" : "not every goal is reached"
    return switch ending {
    case .quiet: "quiet \(time): \(rest)"
    case .ended(let action): "ended \(time): \(action.rawValue)"
    case .outOfTime: "still moving \(time): \(rest)"
    case .outOfSteps: "no end in sight \(time): \(rest)"
    }
}

/// The state document of a file, of a checkout, or of a directory with a `state.json`.
private func readState(_ place: String) throws -> JSONValue {
    for file in ["\(place)/state.json", "\(place)/.pvr/json", place] {
        guard let bytes = try readWholeFile(file) else { continue }
        do throws(ManifestError) {
            return try JSONValue(parsing: bytes)
        } catch {
            throw SettingError(place: file, reason: error.description)
        }
    }
    throw SettingError(place: place, reason: "no state document there: neither a file nor state.json nor .pvr/json")
}

/// Shows the final store on a control socket, so that `pvcontrol -s SOCKET get …` works on it.
private func serve(
    _ store: ResourceStore, at path: String, and other: (container: String, path: String)?, from now: Instant
) throws {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGTERM, SIGINT] { sigaddset(&signals, signal) }
    sigprocmask(SIG_BLOCK, &signals, nil)
    pv_share_heap()
    let control = try listenOnControlSocket(path)
    let otherPath = other?.path
    defer { for path in [path, otherPath].compactMap(\.self) { unlink(path) } }
    let wall = FakeClock(FakeWorld(startingAt: now)).wall
    let callers = SimulatedCallers(container: other?.container ?? "", path: other?.path ?? "")
    var services = Services(callers: callers, buildInfo: BuildInfo.text, now: { wall })
    services.releaseMemory = { pv_trim_heap() }
    services.planner = UpdatePlanner(preview: UpdatePreview(settings: RolloutSettings()))
    let server = APIServer(store: store, services: services, logger: Logger(label: "ctrl"))
    Task.detached {
        do {
            try await server.start(at: otherPath, inheriting: control)
        } catch {
            writeToStandardError("pantavisor simulate: \(error)\n")
            exit(1)
        }
    }
    writeToStandardError("the result is on \(path); Ctrl-C ends it\n")
    var signal: Int32 = 0
    sigwait(&signals, &signal)
}

/// Nobody but the host can reach a simulation; on which socket it comes says whom it plays.
private struct SimulatedCallers: CallerIdentifier {
    let container: String
    let path: String

    func process(of descriptor: Int32) -> Int32 { pv_peer_pid(descriptor) }

    func identify(_ descriptor: Int32) -> Caller {
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0, !path.isEmpty else { return .host }
        // It is bound under another name first, and renamed.
        let name = withUnsafeBytes(of: &address.sun_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return name.hasPrefix(path) ? .container(container) : .host
    }
}
