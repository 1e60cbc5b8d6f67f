import JSON

/// A program of the host that is kept running beside the containers.
package enum Daemon: Kind {
    package static let descriptor = KindDescriptor(
        name: "Daemon", plural: "daemons", singular: "daemon", shortNames: ["dmn"],
        writablePaths: [["spec", "run"]])

    package struct Spec: Codable, Sendable, Equatable {
        /// Program and arguments.
        package var command: [String]
        package var run: RunState

        package init(command: [String], run: RunState = .running) {
            self.command = command
            self.run = run
        }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        /// Fact: its process; nil = it does not run.
        package var pid: Int?
        package init() {}
    }

    package static let columns: [Column<Daemon>] = [
        Column("PID", .integer, about: "its process") { $0.status.pid.map { .integer(Int64($0)) } ?? .null },
        Column("Run", about: "what users want of it") { .string($0.spec.run.rawValue) },
        Column("Command", wide: true, about: "program and arguments") {
            .string($0.spec.command.joined(separator: " "))
        },
    ]

    package static let schema = """
        spec object What it should be.
          command [string] Program and arguments.
          run Running|Stopped=Running What users want of it; it is started again when it ends.
        status object What was observed.
          pid? integer Its process; missing = it does not run.
        """
}
