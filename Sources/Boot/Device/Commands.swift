import CShims
import Glibc

/// The subcommands of the device executable that are not tools: `pantavisor COMMAND …`.
package enum BootCommand: String, CaseIterable {
    /// Supervisor and runtime in the foreground on any Linux host.
    case appengine
    /// The runtime alone; the supervisor starts it.
    case runtime
    /// Prints the graph of controllers.
    case graph
    /// Runs a revision against fake drivers in virtual time.
    case simulate

    package var summary: String {
        switch self {
        case .appengine: "run a revision on this host, in the foreground"
        case .runtime: "the runtime alone (started by appengine)"
        case .graph: "print the graph of controllers (--controllers)"
        case .simulate: "run a revision offline against fake drivers"
        }
    }

    package static var usage: String {
        let lines = allCases.map { command in
            "  \(command.rawValue)" + String(repeating: " ", count: max(1, 14 - command.rawValue.count))
                + command.summary
        }
        return (["usage: pantavisor COMMAND …"] + lines + ["  pvcontrol     talk to a running device"])
            .joined(separator: "\n")
    }

    package static var version: String { "pantavisor \(BuildInfo.version) (\(BuildInfo.architecture))" }

    package func main(_ arguments: [String]) -> Int32 {
        do {
            switch self {
            case .appengine: return try runAppengine(arguments)
            case .runtime: return try runRuntime(arguments)
            case .graph: return try printGraph(arguments)
            case .simulate: return try runSimulation(arguments)
            }
        } catch {
            writeToStandardError("pantavisor \(rawValue): \(error)\n")
            return error is SettingError ? 2 : 1
        }
    }
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
