import Drivers

/// Why a machine cannot come up, for whoever stands before it.
struct BootFailure: Error, Equatable, CustomStringConvertible {
    let step: String
    let reason: String

    init(_ step: String, _ reason: String) {
        self.step = step
        self.reason = reason
    }

    var description: String { "\(step): \(reason)" }
}
