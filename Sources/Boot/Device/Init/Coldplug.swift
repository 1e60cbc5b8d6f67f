import CShims
import Glibc
import LinuxDrivers

/// Loads the modules of the devices that are there.
struct Coldplug {
    static let program = "/sbin/modprobe"

    /// Runs a program to its end; its exit code, or the signal negated.
    let run: (_ program: String, _ arguments: [String]) -> Int

    /// What a module brings may need modules of its own.
    private static let rounds = 4

    /// - Returns: how many kinds of devices there are.
    func load() -> Int {
        var known: Set<String> = []
        for _ in 0..<Coldplug.rounds {
            let new = Coldplug.aliases().filter { known.insert($0).inserted }
            if new.isEmpty { break }
            load(new)
        }
        return known.count
    }

    /// An alias without a module is the usual case, and no failure.
    func load(_ aliases: [String]) {
        for start in stride(from: 0, to: aliases.count, by: 256) {
            _ = run(Coldplug.program, ["-a", "-b", "-q"] + aliases[start..<min(start + 256, aliases.count)])
        }
    }

    /// A node that makes the kernel load its module when it is opened, as modules.devname lists them.
    struct Node: Equatable {
        let name: String
        let isBlock: Bool
        let major: UInt32
        let minor: UInt32
    }

    /// Lines `<module> <name> <c|b><major>:<minor>`.
    static func nodes(in table: String) -> [Node] {
        table.split(separator: "\n").compactMap { line in
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count == 3, !line.hasPrefix("#"), let kind = fields[2].first, kind == "c" || kind == "b",
                !fields[1].split(separator: "/").contains("..")
            else { return nil }
            let numbers = fields[2].dropFirst().split(separator: ":").compactMap { UInt32($0) }
            guard numbers.count == 2 else { return nil }
            return Node(name: String(fields[1]), isBlock: kind == "b", major: numbers[0], minor: numbers[1])
        }
    }

    /// Makes the nodes that are not there yet.
    static func makeNodes(release: String) {
        for node in nodes(in: Files.text("/lib/modules/\(release)/modules.devname") ?? "") {
            let path = "/dev/\(node.name)"
            if let slash = node.name.lastIndex(of: "/") { mkdir("/dev/\(node.name[..<slash])", 0o755) }
            mknod(path, (node.isBlock ? S_IFBLK : S_IFCHR) | 0o600, pv_device_number(node.major, node.minor))
        }
    }

    /// Of every device on a bus.
    private static func aliases() -> [String] {
        Files.names(in: "/sys/bus").flatMap { bus in
            Files.names(in: "/sys/bus/\(bus)/devices").compactMap { device in
                let text = Files.text("/sys/bus/\(bus)/devices/\(device)/modalias") ?? ""
                let alias = text.prefix { !$0.isNewline }
                return alias.isEmpty ? nil : String(alias)
            }
        }
    }
}
