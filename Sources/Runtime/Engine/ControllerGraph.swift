import Model

/// Which controller reads and writes what, as a Mermaid flowchart: kinds are rounded, controllers are boxes.
///
/// Equal controllers give equal text.
package func controllerGraph(_ controllers: [AnyController]) -> String {
    let controllers = controllers.sorted { $0.name < $1.name }
    let kinds = Set(controllers.flatMap { [$0.subject] + $0.inputs.map(\.kind) + $0.outputs.map(\.kind) })
    var lines = ["flowchart LR"]
    lines += kinds.sorted().map { "    \($0)([\($0)])" }
    lines += controllers.map { "    \($0.node)[\($0.name)]" }
    for controller in controllers {
        lines.append("    \(controller.subject) ==> \(controller.node)")
        let inputs = Set(controller.inputs.map(\.kind)).subtracting([controller.subject])
        lines += inputs.sorted().map { "    \($0) --> \(controller.node)" }
        let outputs = controller.outputs.sorted { ($0.kind, $0.part.rawValue) < ($1.kind, $1.part.rawValue) }
        lines += outputs.map { "    \(controller.node) -->|\($0.part.rawValue)| \($0.kind)" }
    }
    return lines.joined(separator: "\n") + "\n"
}

extension AnyController {
    /// Controllers are named after kinds, so their nodes need names of their own.
    fileprivate var node: String { "\(name)_controller" }
}
