import LinuxDrivers
import LogServer

extension SettingKey {
    /// What concerns logs (docs/logs.md).
    static let log: [SettingKey] = [
        SettingKey(key: "PV_LOG_DIR", option: "--log-dir", placeholder: "DIR", help: "where logs lie (storage/logs)") {
            optionalDirectory($1, into: &$0.logs)
        },
        SettingKey(
            key: "PV_LOG_DIR_MAXSIZE", option: "--log-max-size", placeholder: "SIZE",
            help: "room for logs: 16M, 10%; 0 = a tenth of the partition (16M)"
        ) {
            guard let size = ByteSize(text: $1) else { return "a size like 16M, 2GB, 10% or 0" }
            $0.logServer.maximumSize = size
            return nil
        },
        SettingKey(
            key: "PV_LOG_SERVER_OUTPUTS", option: "--log-outputs", placeholder: "LIST", help: "filetree, singlefile, …"
        ) {
            guard let outputs = LogOutputs(text: $1) else { return "a list of \(LogOutputs.allNames)" }
            $0.logServer.outputs = outputs
            return nil
        },
        SettingKey(key: "PV_LOG_RATE", option: "--log-rate", placeholder: "N", help: "messages a second of a container")
        {
            number($1, in: 0...1_000_000, into: &$0.logServer.limits.messagesPerSecond)
        },
        SettingKey(
            key: "PV_LOG_BYTE_RATE", option: "--log-byte-rate", placeholder: "N", help: "bytes a second of a container"
        ) {
            number($1, in: 0...1_000_000_000, into: &$0.logServer.limits.bytesPerSecond)
        },
        SettingKey(
            key: "PV_LOG_ROTATE_FACTOR", option: "--log-rotate", placeholder: "N",
            help: "how small files are rotated (5)"
        ) {
            number($1, in: 1...1000, into: &$0.logServer.rotateFactor)
        },
        SettingKey(
            key: "PV_LOG_HYSTERESIS_FACTOR", option: "--log-hysteresis", placeholder: "N",
            help: "how little is removed (4)"
        ) {
            number($1, in: 1...1000, into: &$0.logServer.hysteresisFactor)
        },
        SettingKey(key: "PV_LOG_CAPTURE", option: "--log-capture", placeholder: "0|1", help: "run the log server") {
            flag($1, into: &$0.capturesLogs)
        },
        SettingKey(
            key: "PV_LOG_CAPTURE_DMESG", option: "--log-dmesg", placeholder: "0|1", help: "the kernel's messages, too"
        ) {
            flag($1, into: &$0.logServer.capturesKernel)
        },
        SettingKey(
            key: "PV_LOG_LOGGERS", option: "--log-files", placeholder: "0|1", help: "follow files inside containers"
        ) {
            flag($1, into: &$0.logServer.followsFiles)
        },
        SettingKey(
            key: "PV_LOG_TIMESTAMP", option: "--log-time", placeholder: "KIND", help: "relative (to boot) or absolute"
        ) {
            guard ["relative", "absolute"].contains($1) else { return "relative or absolute" }
            $0.logServer.hasRelativeTime = $1 == "relative"
            return nil
        },
        SettingKey(
            key: "PV_LOG_FILETREE_TIMESTAMP_FORMAT", option: "--log-tree-time", placeholder: "FORMAT",
            help: "before each line: strftime:%T"
        ) {
            format($1, into: &$0.logServer.treeTimestamp)
        },
        SettingKey(
            key: "PV_LOG_SINGLEFILE_TIMESTAMP_FORMAT", option: "--log-single-time", placeholder: "FORMAT",
            help: "in pv.log, instead of seconds"
        ) {
            format($1, into: &$0.logServer.singleFileTimestamp)
        },
        SettingKey(
            key: "PV_LOG_STDOUT_TIMESTAMP_FORMAT", option: "--log-stdout-time", placeholder: "FORMAT",
            help: "in printed lines, instead of seconds"
        ) {
            format($1, into: &$0.logServer.printedTimestamp)
        },
    ]

    private static func format(_ text: String, into setting: inout TimestampFormat?) -> String? {
        guard let format = TimestampFormat(text) else { return "one of \(TimestampFormat.allNames)" }
        setting = format
        return nil
    }
}
