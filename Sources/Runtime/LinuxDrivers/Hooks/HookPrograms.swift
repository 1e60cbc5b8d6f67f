package import Drivers
import Glibc
package import Logging

/// Hooks as executables in a directory, in the order of their names (`spec/runtime-behaviour.md` §11).
package struct HookPrograms: HookDriver {
    private static let operation = "RunHook"

    private let layout: Layout
    private let directory: String
    private let limit: Duration
    private let threads: Threads
    private let logger: Logger

    /// - Parameter limit: how long one hook may take before it is killed.
    package init(
        layout: Layout, directory: String, limit: Duration = .seconds(60), threads: Threads, logger: Logger
    ) {
        self.layout = layout
        self.directory = directory
        self.limit = limit
        self.threads = threads
        self.logger = logger
    }

    package func run(_ point: HookPoint, _ context: HookContext) async throws(DriverError) {
        let programs = Files.names(in: directory).map { "\(directory)/\($0)" }
            .filter { !Files.isDirectory($0) && access($0, X_OK) == 0 }
        for program in programs {
            let environment = environment(point, context)
            let (limit, logger) = (limit, logger)
            try await threads.run { () throws(DriverError) in
                let run = try ProgramRun(program, environment: environment)
                let end = run.finish(within: limit)
                for line in run.lines {
                    logger.info("hook says", metadata: ["hook": "\(program)", "line": "\(line)"])
                }
                guard case .exited(0) = end else {
                    throw DriverError(Self.operation, program, "at \(point.rawValue) it \(end.sentence(limit))")
                }
            }
        }
    }

    package func begin(_ point: HookPoint, _ context: HookContext) async throws(DriverError) {
        Task {
            do throws(DriverError) {
                try await run(point, context)
            } catch {
                logger.error("a hook failed", metadata: ["why": "\(error)"])
            }
        }
    }

    private func environment(_ point: HookPoint, _ context: HookContext) -> [String] {
        [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PV_OP=\(point.rawValue)",
            "PV_REV=\(context.revision)", "PV_TRY=\(context.tryRevision ?? "")",
            "PV_TRYBOOT=\(context.isTryBoot ? 1 : 0)", "PV_OBJ_STORAGE=\(layout.objects)",
            "PV_TRAILS_STORAGE=\(layout.trails)", "PV_STATUS=\(context.status)",
        ]
    }
}
