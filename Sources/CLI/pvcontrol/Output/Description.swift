import JSON
import Model

/// What `describe` says of a resource: everything there is, by the names the document has.
struct Description {
    let document: JSONValue
    let events: [JSONValue]
    let now: Timestamp
    let paint: Paint
    /// Columns of the screen; nil wraps nothing.
    let width: Int?

    /// Values whose JSON is longer are only counted; a revision's whole state would hide the rest.
    private static let longest = 1500

    func lines() -> [String] {
        var lines = head()
        for part in ["spec", "status"] {
            guard var members = document[part]?.object, !members.isEmpty else { continue }
            if part == "status" { members["conditions"] = nil }
            lines += ["", paint.header("\(Help.capitalized(part)):")] + Description.lines(members, indent: 2, paint)
        }
        return lines + conditions() + eventLines()
    }

    private func head() -> [String] {
        let metadata = document["metadata"] ?? [:]
        var pairs: [(String, String)] = [
            ("Name:", metadata["name"]?.string ?? ""),
            ("Kind:", "\(document["kind"]?.string ?? "") (\(document["apiVersion"]?.string ?? ""))"),
            ("Created:", time(metadata["creationTimestamp"])),
        ]
        if let time = metadata["deletionTimestamp"] { pairs.append(("Deleting since:", self.time(time))) }
        if let version = metadata["generation"]?.integer {
            let observed = document["status"]?["observedGeneration"]?.integer.map { ", \($0) observed" } ?? ""
            pairs.append(("Generation:", "\(version)\(observed)"))
        }
        pairs += mapping("Labels:", metadata["labels"]) + mapping("Annotations:", metadata["annotations"])
        for owner in metadata["ownerReferences"]?.array ?? [] {
            pairs.append(("Owned by:", "\(owner["kind"]?.string?.lowercased() ?? "")/\(owner["name"]?.string ?? "")"))
        }
        let finalizers = metadata["finalizers"]?.strings ?? []
        if !finalizers.isEmpty { pairs.append(("Finalizers:", finalizers.joined(separator: ", "))) }
        return pairs.map { $0.0 + String(repeating: " ", count: max(1, 17 - $0.0.count)) + $0.1 }
    }

    private func mapping(_ title: String, _ value: JSONValue?) -> [(String, String)] {
        (value?.object ?? [:]).enumerated().map { index, member in
            (index == 0 ? title : "", "\(member.key)=\(ServerTable.text(member.value))")
        }
    }

    private func time(_ value: JSONValue?) -> String {
        guard let value, let text = value.string else { return "<unknown>" }
        return "\(text) (\(value.age(at: now)) ago)"
    }

    private func conditions() -> [String] {
        let conditions = document["status"]?["conditions"]?.array ?? []
        guard !conditions.isEmpty else { return [] }
        let table = TextTable(
            header: ["TYPE", "STATUS", "SINCE", "REASON", "MESSAGE"],
            rows: conditions.map { condition in
                [
                    condition["type"]?.string ?? "", condition["status"]?.string ?? "",
                    (condition["lastTransitionTime"] ?? .null).age(at: now), condition["reason"]?.string ?? "",
                    (condition["message"]?.string ?? "").singleLine,
                ]
            })
        return ["", paint.header("Conditions:")] + indented(table)
    }

    private func eventLines() -> [String] {
        guard !events.isEmpty else { return ["", paint.header("Events:") + " <none>"] }
        return ["", paint.header("Events:")] + indented(EventRows.table(events, now: now, withObject: false))
    }

    private func indented(_ table: TextTable) -> [String] {
        table.lines(width: width.map { $0 - 2 }, paint: paint, wrapsLast: true).map { "  " + $0 }
    }

    /// Members below each other, nested ones indented.
    private static func lines(_ members: JSONObject, indent: Int, _ paint: Paint) -> [String] {
        let names = members.map { $0.key.displayWidth + 1 }
        let width = min(24, names.max() ?? 0)
        return members.flatMap { key, value -> [String] in
            let name = String(repeating: " ", count: indent) + key + ":"
            let gap = String(repeating: " ", count: max(1, width - key.displayWidth))
            switch value {
            case .object(let nested) where !nested.isEmpty:
                if let note = tooLong(value) { return [name + gap + note] }
                return [name] + lines(nested, indent: indent + 2, paint)
            case .array(let elements) where elements.contains { $0.object != nil }:
                if let note = tooLong(value) { return [name + gap + note] }
                return [name] + elements.flatMap { lines($0.object ?? [:], indent: indent + 2, paint) }
            case .array(let elements):
                return [
                    name + gap + (elements.isEmpty ? "<none>" : elements.map(ServerTable.text).joined(separator: ", "))
                ]
            case .null, .bool, .integer, .number, .string, .object:
                return [name + gap + paint.state(ServerTable.text(value))]
            }
        }
    }

    private static func tooLong(_ value: JSONValue) -> String? {
        guard value.compactBytes().count > longest else { return nil }
        return "(\(value.object?.count ?? value.array?.count ?? 0) members; 'get -o yaml' shows them)"
    }
}
