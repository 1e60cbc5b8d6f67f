import JSON
import Model

/// What `top` knows of a device.
struct TopState: Sendable, Equatable {
    /// A kind that is followed.
    enum Part: String, Sendable, CaseIterable { case devices, rollouts, groups, containers, links, events }

    struct Use: Sendable, Equatable {
        var processor: String
        var memory: String
    }

    private(set) var tables: [Part: LiveTable] = [:]
    /// By name; the newest of them.
    private(set) var events: [String: JSONValue] = [:]
    private(set) var usage: [String: Use] = [:]
    private var lost: Set<Part> = []
    /// How many containers lie above the first that is shown.
    private(set) var offset = 0

    private static let eventLimit = 128

    var isConnected: Bool { lost.isEmpty }

    mutating func set(_ part: Part, isConnected: Bool) {
        if isConnected { lost.remove(part) } else { lost.insert(part) }
    }

    mutating func scroll(by rows: Int) { offset = max(0, offset + rows) }

    /// Keeps the last page full; who draws knows how much is on it.
    mutating func limitOffset(to limit: Int) { offset = min(offset, max(0, limit)) }

    mutating func apply(_ step: Watcher.Step, to part: Part) {
        switch step {
        case .list(let list):
            if part == .events {
                events = [:]
                for event in list["items"]?.array ?? [] { keep(event) }
            } else if let table = ServerTable(list) {
                // Columns may be missing from an empty list's first change, never from the list.
                tables[part] = LiveTable(table)
            }
        case .event(let type, let object):
            if part == .events {
                if type != "DELETED" { keep(object) }
            } else if let change = ServerTable(object) {
                tables[part]?.apply(type, change)
            }
        }
    }

    private mutating func keep(_ event: JSONValue) {
        events[event["metadata"]?["name"]?.string ?? ""] = event
        guard events.count > TopState.eventLimit else { return }
        if let oldest = events.min(by: { TopState.time($0.value) < TopState.time($1.value) }) {
            events[oldest.key] = nil
        }
    }

    static func time(_ event: JSONValue) -> String {
        event["lastTimestamp"]?.string ?? event["firstTimestamp"]?.string ?? ""
    }

    /// Takes an answer of `metrics.k8s.io`; nil when there was none.
    mutating func measured(_ list: JSONValue?) {
        usage = [:]
        for item in list?["items"]?.array ?? [] {
            for container in item["containers"]?.array ?? [] {
                let used = container["usage"]
                usage[container["name"]?.string ?? ""] = Use(
                    processor: used?["cpu"]?.string ?? "", memory: TopState.size(used?["memory"]?.string ?? ""))
            }
        }
    }

    /// `3481Ki` as `3.3Mi`.
    private static func size(_ text: String) -> String {
        guard text.hasSuffix("Ki"), let kilobytes = Int(text.dropLast(2)), kilobytes >= 1024 else { return text }
        let (tenths, unit) = kilobytes < 1_048_576 ? (kilobytes * 10 / 1024, "Mi") : (kilobytes / 104_858, "Gi")
        return "\(tenths / 10).\(tenths % 10)\(unit)"
    }
}
