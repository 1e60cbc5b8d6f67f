import CShims
import Glibc

/// The subcommands of the device executable that are not tools: `pantavisor COMMAND …`.
package enum BootCommand: String, CaseIterable {
    /// Supervisor and runtime in the foreground on any Linux host.
    case appengine
    /// The first process of a machine; the kernel starts it, under whatever name.
    case embedded
    /// The runtime alone; the supervisor starts it.
    case runtime
    /// Takes the logs of containers and of the runtime; the supervisor starts it.
    case logServer = "log-server"
    /// Waits for somebody at the console; the first process starts it.
    case console
    /// Prints the graph of controllers.
    case graph
    /// Runs a revision against fake drivers in virtual time.
    case simulate
    /// Looks at a storage without changing it.
    case checkStorage = "check-storage"

    package var summary: String {
        switch self {
        case .appengine: "run a revision on this host, in the foreground"
        case .embedded: "run a machine, as its first process (started by the kernel)"
        case .runtime: "the runtime alone (started by appengine and embedded)"
        case .logServer: "the log server alone (started by appengine and embedded)"
        case .console: "wait for somebody at the console (started by embedded)"
        case .graph: "print the graph of controllers (--controllers)"
        case .simulate: "run a revision offline against fake drivers"
        case .checkStorage: "look whether what a storage boots is all there"
        }
    }

    package static var usage: String {
        let lines = allCases.map { command in
            "  \(command.rawValue)" + String(repeating: " ", count: max(1, 15 - command.rawValue.count))
                + command.summary
        }
        return (["usage: pantavisor COMMAND …"] + lines + ["  pvcontrol      talk to a running device"])
            .joined(separator: "\n")
    }

    package static var version: String { "pantavisor \(BuildInfo.version) (\(BuildInfo.architecture))" }

    package func main(_ arguments: [String]) -> Int32 {
        do {
            switch self {
            case .appengine: return try runAppengine(arguments)
            case .embedded: return try runEmbedded(arguments)
            case .runtime: return try runRuntime(arguments)
            case .logServer: return try runLogServer(arguments)
            case .console: return waitForSomebody()
            case .graph: return try printGraph(arguments)
            case .simulate: return try runSimulation(arguments)
            case .checkStorage: return try runStorageCheck(arguments)
            }
        } catch {
            writeToStandardError("pantavisor \(rawValue): \(error)\n")
            return error is SettingError ? 2 : 1
        }
    }
}

/// `pantavisor embedded`, by whatever words the kernel starts it.
private func runEmbedded(_ arguments: [String]) throws(SettingError) -> Int32 {
    guard getpid() == 1 else {
        throw SettingError(
            place: "embedded", reason: "only for the first process of a machine; on a host there is appengine")
    }
    // The first process of a container is one as well, and the kernel's command line is not for it.
    let composed = ComposedSettings(
        SettingSources(commandLine: KernelCommandLine(""), environment: environmentVariables()))
    guard composed.settings.machine.mode != .appengine else { return BootCommand.appengine.main([]) }
    runFirstProcess()
}

/// The environment as a dictionary.
func environmentVariables() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = pv_environment()
    while let text = entry?.pointee {
        let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
        entry = entry?.advanced(by: 1)
    }
    return variables
}
