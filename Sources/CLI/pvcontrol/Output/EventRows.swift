import JSON
import Model

/// Events as rows of a table, the newest last.
enum EventRows {
    static func table(_ events: [JSONValue], now: Timestamp, withObject: Bool) -> TextTable {
        let object = withObject ? ["OBJECT"] : []
        let sorted = events.sorted { (time($0), version($0)) < (time($1), version($1)) }
        return TextTable(
            header: ["LAST SEEN", "TYPE", "REASON"] + object + ["MESSAGE"],
            rows: sorted.map { row($0, now: now, withObject: withObject) })
    }

    static func row(_ event: JSONValue, now: Timestamp, withObject: Bool) -> [String] {
        let involved = event["involvedObject"]
        let object = "\(involved?["kind"]?.string?.lowercased() ?? "")/\(involved?["name"]?.string ?? "")"
        let count = event["count"]?.integer ?? 1
        let seen = (event["lastTimestamp"] ?? .null).age(at: now) + (count > 1 ? " (x\(count))" : "")
        return [seen, event["type"]?.string ?? "", event["reason"]?.string ?? ""] + (withObject ? [object] : [])
            + [(event["message"]?.string ?? "").singleLine]
    }

    private static func time(_ event: JSONValue) -> String {
        event["lastTimestamp"]?.string ?? event["firstTimestamp"]?.string ?? ""
    }

    /// Orders what happened within one second.
    private static func version(_ event: JSONValue) -> UInt64 {
        event["metadata"]?["resourceVersion"]?.string.flatMap { UInt64($0) } ?? 0
    }
}
