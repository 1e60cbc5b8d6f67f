import Engine
import FakeDrivers
import Offline

/// `pantavisor graph --controllers`: who reads and writes what, as a Mermaid flowchart.
func printGraph(_ arguments: [String]) throws(SettingError) -> Int32 {
    guard arguments == ["--controllers"] else {
        throw SettingError(place: arguments.first ?? "graph", reason: "say what to print: --controllers")
    }
    print(controllerGraph(DeviceSimulation.controllers(FakeDrivers(FakeWorld()))), terminator: "")
    return 0
}
