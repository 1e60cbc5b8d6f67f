/// A record of /dev/kmsg: `<priority>,<number>,<microseconds>,<flags>;<text>`, and lines of details after it.
package enum KernelRecord {
    /// Its number, and the message as dmesg(1) prints it.
    package static func parse(_ bytes: ArraySlice<UInt8>) -> (number: UInt64, record: LogRecord)? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let fields = bytes[..<end].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
        guard fields.count >= 3, let priority = Int(fields[0]), let number = UInt64(fields[1]),
            let time = UInt64(fields[2])
        else { return nil }
        let fraction = String(time % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        let text = bytes[(end + 1)...].prefix { $0 != UInt8(ascii: "\n") }
        let line = "[\(time / 1_000_000).\(zeros)\(fraction)] ".utf8
        return (number, LogRecord(level: LogLevel(syslogPriority: priority), source: "dmesg", text: Array(line) + text))
    }
}
