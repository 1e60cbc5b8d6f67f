package import Drivers
package import LogServer

/// What the log server is started with (PV_LOG_*).
package struct LogServerSettings: Sendable, Equatable {
    package var layout: Layout
    /// The revision to file under until the runtime says which one runs.
    package var revision: String
    package var outputs = LogOutputs()
    package var maximumSize = ByteSize.bytes(16 << 20)
    package var rotateFactor = 5
    package var hysteresisFactor = 4
    package var limits = Intake.Limits()
    /// Whether files inside containers are followed.
    package var followsFiles = true
    package var capturesKernel = true
    /// Seconds since boot, instead of those of the calendar.
    package var hasRelativeTime = true
    package var treeTimestamp: TimestampFormat?
    package var singleFileTimestamp: TimestampFormat?
    package var printedTimestamp: TimestampFormat?

    package init(layout: Layout, revision: String) {
        self.layout = layout
        self.revision = revision
    }
}
