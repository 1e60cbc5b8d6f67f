package import Drivers
import Glibc

/// Modules of the running kernel, through `modprobe`, which knows what each depends on.
package struct KernelModules: KernelModuleDriver {
    private static let programs = ["/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe"]
    private static let limit = Duration.seconds(30)

    /// Of its own: a module that hangs in the kernel must keep no mount waiting.
    private let threads = Threads(limit: 1)

    package init() {}

    package func loaded(of names: [String]) async throws(DriverError) -> Set<String> {
        try await threads.run { () throws(DriverError) in
            let builtin = Self.builtin()
            return Set(names.filter { Self.isLoaded($0, builtin) })
        }
    }

    package func load(_ module: KernelModule) async throws(DriverError) {
        try await run("LoadModule", module.name, ["--", module.name] + module.options)
    }

    package func unload(_ name: String) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in
            guard Self.isLoaded(name, Self.builtin()) else { return }
            try Self.modprobe("UnloadModule", name, ["-r", "--", name])
        }
    }

    private func run(_ operation: String, _ name: String, _ arguments: [String]) async throws(DriverError) {
        try await threads.run { () throws(DriverError) in try Self.modprobe(operation, name, arguments) }
    }

    private static func modprobe(_ operation: String, _ name: String, _ arguments: [String]) throws(DriverError) {
        guard let program = programs.first(where: { access($0, X_OK) == 0 }) else {
            throw DriverError(operation, name, errno: ENOENT, "there is no \(programs[0]); install kmod")
        }
        let run = try ProgramRun(program, arguments: arguments, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
        let end = run.finish(within: limit)
        guard case .exited(0) = end else {
            throw DriverError(operation, name, run.lines.last ?? "modprobe \(end.sentence(limit))")
        }
    }

    private static func isLoaded(_ name: String, _ builtin: Set<String>) -> Bool {
        let name = inKernel(name)
        // The parts of the kernel have no state, and a directory only if they have parameters.
        if let state = Files.text("/sys/module/\(name)/initstate") { return state.hasPrefix("live") }
        return builtin.contains(name)
    }

    private static func builtin() -> Set<String> {
        let list = Files.text("/lib/modules/\(kernelRelease())/modules.builtin") ?? ""
        return Set(
            list.split(separator: "\n").map { line in
                let file = line.split(separator: "/").last ?? ""
                return inKernel(String(file.split(separator: ".").first ?? ""))
            })
    }

    /// The kernel writes every name with underscores.
    private static func inKernel(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
    }
}
