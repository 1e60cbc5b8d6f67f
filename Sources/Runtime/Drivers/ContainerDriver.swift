package import Model

/// Runs containers.
///
/// Every call is idempotent; every call may be repeated after the runtime died in the middle of it.
package protocol ContainerDriver: Sendable {
    /// Whether a container runs, also one that an earlier runtime started.
    func inspect(_ name: String) async throws(DriverError) -> RunningContainer?

    /// Every container of this device that runs or left something behind, whoever started it.
    func list() async throws(DriverError) -> [String]

    /// Starts a container, or adopts the one of that name that runs. Returns when its init runs.
    func start(_ launch: ContainerLaunch) async throws(DriverError) -> RunningContainer

    /// Asks the container to halt, kills it after `grace`, returns when nothing of it is left.
    /// A container that does not run is a success.
    func stop(_ name: String, grace: Duration) async throws(DriverError)

    /// Freezes or thaws every process of a container.
    func freeze(_ name: String) async throws(DriverError)
    func thaw(_ name: String) async throws(DriverError)

    /// Runs a command inside a running container.
    func exec(_ request: ExecRequest, in name: String) async throws(DriverError) -> any ExecSession

    /// Each end of a container, once, in order, whether it was asked for or not; also of containers that ended while
    /// no runtime looked (reported after `inspect`). One consumer.
    var exits: AsyncStream<ContainerExit> { get }
}

/// A container's init process.
///
/// The pair identifies one run of the container.
package struct RunningContainer: Sendable, Hashable {
    package var pid: Int
    package var startedAt: Instant

    package init(pid: Int, startedAt: Instant) {
        self.pid = pid
        self.startedAt = startedAt
    }
}

package struct ContainerExit: Sendable, Hashable {
    package var name: String
    package var run: RunningContainer
    /// Exit code when it exited by itself; nil when it was killed or nobody could learn it.
    package var code: Int?
    package var signal: Int?

    package init(name: String, run: RunningContainer, code: Int?, signal: Int?) {
        self.name = name
        self.run = run
        self.code = code
        self.signal = signal
    }
}

/// Everything a container is started with.
///
/// Paths are the host's unless said otherwise.
package struct ContainerLaunch: Sendable, Hashable {
    package var name: String
    package var group: String
    package var revision: String
    /// The container's directory in the trail: working directory of the start, and where `configFile` lies.
    package var directory: String
    /// LXC configuration of the container, relative to `directory`.
    package var configFile: String
    package var hostname: String?
    package var roles: [Role]
    /// Directory to copy and lay over the root filesystem, when there is one.
    package var configOverlay: String?
    /// Container paths to make visible under `/exports/<name>/`.
    package var exports: [String]
    package var hasDevLog: Bool
    package var mountsModulesAndFirmware: Bool
    /// Directory of this container's logs for this revision.
    package var logs: String

    package init(
        name: String, group: String, revision: String, directory: String, configFile: String, hostname: String?,
        roles: [Role], configOverlay: String?, exports: [String], hasDevLog: Bool, mountsModulesAndFirmware: Bool,
        logs: String
    ) {
        self.name = name
        self.group = group
        self.revision = revision
        self.directory = directory
        self.configFile = configFile
        self.hostname = hostname
        self.roles = roles
        self.configOverlay = configOverlay
        self.exports = exports
        self.hasDevLog = hasDevLog
        self.mountsModulesAndFirmware = mountsModulesAndFirmware
        self.logs = logs
    }
}

package struct ExecRequest: Sendable, Hashable {
    package var arguments: [String]
    package var environment: [String: String]
    /// Whether to give the command a terminal.
    package var terminal: Bool

    package init(arguments: [String], environment: [String: String] = [:], terminal: Bool = false) {
        self.arguments = arguments
        self.environment = environment
        self.terminal = terminal
    }
}

/// A command that runs inside a container.
package protocol ExecSession: Sendable {
    /// What it writes, until it has closed both streams. One consumer.
    var output: AsyncStream<ExecOutput> { get }
    /// Feeds its standard input; an empty array closes it.
    func write(_ bytes: [UInt8]) async throws(DriverError)
    func resize(columns: Int, rows: Int)
    /// Waits for its end: the exit code, or 128 + the signal.
    func exitCode() async throws(DriverError) -> Int
    /// Kills it when it still runs.
    func cancel()
}

package enum ExecOutput: Sendable, Hashable {
    case standardOutput([UInt8])
    case standardError([UInt8])
}
