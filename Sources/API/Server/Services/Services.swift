package import Model

/// Everything the server needs beside the store.
///
/// The composition root supplies it.
package struct Services: Sendable {
    package var callers: any CallerIdentifier
    package var logs: any LogSource
    package var exec: any ExecSource
    package var steps: any StepSource
    /// What `revisions/<name>/plan` and a revision that is only tried out show; nil = nothing.
    package var planner: (any RevisionPlanner)?
    package var blobs: any BlobStore
    package var revisions: any RevisionWriter
    package var usage: any UsageSource
    package var hardware: Hardware
    /// What `/device-meta` says that changes all the time: JSON documents by key.
    package var measurements: @Sendable () -> [String: String] = { [:] }
    /// By kind, what is asked of resources that users write.
    package var admissions: [KindName: any ResourceAdmission]
    /// The version of this build, for `/version`.
    package var version: String
    /// The text of `/buildinfo`; nil when this build carries none.
    package var buildInfo: String?
    /// The wall clock, for ages in tables and for annotations.
    package var now: @Sendable () -> Timestamp
    /// Waits so long, or throws CancellationError.
    package var pause: @Sendable (Duration) async throws -> Void
    /// The device's clock, which never jumps.
    package var uptime: @Sendable () -> Instant
    /// Called when a rush is over, to give the system the memory back that it took.
    package var releaseMemory: @Sendable () -> Void = {}

    package init(
        callers: any CallerIdentifier, logs: any LogSource = NoLogs(), exec: any ExecSource = NoExec(),
        steps: any StepSource = NoSteps(), blobs: any BlobStore = NoBlobs(),
        revisions: any RevisionWriter = TransientRevisions(),
        usage: any UsageSource = NoUsage(), hardware: Hardware = Hardware(),
        admissions: [KindName: any ResourceAdmission] = [
            Revision.descriptor.name: RevisionAdmission(TransientRevisions()),
            Rollout.descriptor.name: RolloutAdmission(),
            UserMeta.descriptor.name: MetaAdmission<UserMeta>(),
            DeviceMeta.descriptor.name: MetaAdmission<DeviceMeta>(),
        ],
        version: String = "0", buildInfo: String? = nil, now: @escaping @Sendable () -> Timestamp,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        uptime: @escaping @Sendable () -> Instant = { .zero }
    ) {
        self.callers = callers
        self.logs = logs
        self.exec = exec
        self.steps = steps
        self.blobs = blobs
        self.revisions = revisions
        self.usage = usage
        self.hardware = hardware
        self.admissions = admissions
        self.version = version
        self.buildInfo = buildInfo
        self.now = now
        self.pause = pause
        self.uptime = uptime
    }
}
