package import Drivers
import Glibc

/// What was used up to a moment: counters, to be compared with later ones.
package struct UsageCounters: Sendable, Equatable {
    /// Nanoseconds on processors.
    package var processor: Int
    /// Bytes now.
    package var memory: Int
}

extension LXCContainers {
    /// Of each container that has a control group, and of the whole device under the empty name.
    package func usage() async throws(DriverError) -> [String: UsageCounters] {
        try await threads.run { () throws(DriverError) in
            var usage = ["": try UsageCounters.ofDevice()]
            for name in Set(self.groups.names()) {
                let directories = self.groups.controlGroups.directories(of: self.groups.instance.payload(name))
                if let counters = UsageCounters(directories) { usage[name] = counters }
            }
            return usage
        }
    }

    /// Processors, and bytes of memory.
    package static var hardware: (processors: Int, memory: Int) {
        let memory = UsageCounters.fields(of: "/proc/meminfo")["MemTotal:"] ?? 0
        return (max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 0), memory * 1024)
    }
}

extension UsageCounters {
    /// From whichever of a group's directories has them: version 1 keeps them apart, version 2 in one.
    init?(_ directories: [String]) {
        func first(_ file: String) -> Int? {
            directories.lazy.compactMap { Files.text("\($0)/\(file)") }.first.flatMap { text in
                Int(text.split(whereSeparator: \.isWhitespace).first ?? "")
            }
        }
        func microseconds(_ directory: String) -> Int? {
            UsageCounters.fields(of: "\(directory)/cpu.stat")["usage_usec"]
        }
        let unified = directories.lazy.compactMap(microseconds).first.map { $0 * 1000 }
        guard let processor = first("cpuacct.usage") ?? unified else { return nil }
        self.processor = processor
        memory = first("memory.usage_in_bytes") ?? first("memory.current") ?? 0
    }

    static func ofDevice() throws(DriverError) -> UsageCounters {
        let memory = fields(of: "/proc/meminfo")
        let line = Files.text("/proc/stat")?.split(separator: "\n").first ?? ""
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) }
        guard ticks.count == 8, let total = memory["MemTotal:"] else {
            throw DriverError("MeasureUsage", "/proc/stat", "cannot be understood")
        }
        // user, nice, system, idle, iowait, irq, softirq, steal
        let busy = ticks.reduce(0, +) - ticks[3] - ticks[4]
        let nanoseconds = busy * (1_000_000_000 / max(sysconf(Int32(_SC_CLK_TCK)), 1))
        return UsageCounters(processor: nanoseconds, memory: (total - (memory["MemAvailable:"] ?? 0)) * 1024)
    }

    /// Lines of a name and a number.
    static func fields(of file: String) -> [String: Int] {
        let lines = (Files.text(file) ?? "").split(separator: "\n")
        return lines.reduce(into: [:]) { fields, line in
            let words = line.split(separator: " ")
            if words.count > 1 { fields[String(words[0])] = Int(words[1]) }
        }
    }
}
