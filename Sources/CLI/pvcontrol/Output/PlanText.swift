import JSON

/// A plan for people: what happens first, what is in the way last.
struct PlanText {
    let lines: [String]

    init(_ plan: JSONValue) {
        guard plan["isValid"] == true else {
            lines = ["cannot be used:"] + PlanText.list(plan["problems"])
            return
        }
        guard plan["isChange"] == true else {
            lines = ["nothing changes: \(plan["from"]?.string ?? "") runs the same"] + PlanText.obstacles(plan)
            return
        }
        let reasons = plan["rebootReasons"]?.array ?? []
        var text = ["from \(plan["from"]?.string ?? "nothing"), groups \(PlanText.joined(plan["groups"]))"]
        text.append(reasons.isEmpty ? "no reboot" : "reboot, because:")
        text += PlanText.list(plan["rebootReasons"])
        text += (plan["containers"]?.array ?? []).filter { $0["effect"] != "Keep" }.map { change in
            let effect = change["effect"]?.string?.lowercased() ?? ""
            return "\(effect) \(change["name"]?.string ?? ""): \(PlanText.joined(change["reasons"]))"
        }
        let kept = (plan["containers"]?.array ?? []).filter { $0["effect"] == "Keep" }.compactMap { $0["name"]?.string }
        if !kept.isEmpty { text.append("keep \(kept.joined(separator: ", "))") }
        lines = text + PlanText.numbers(plan) + PlanText.obstacles(plan)
    }

    private static func numbers(_ plan: JSONValue) -> [String] {
        let (objects, space) = (plan["objects"], plan["space"])
        let missing = objects?["missing"]?.array?.count ?? 0
        func number(_ value: JSONValue?) -> String { value?.integer.map { String($0) } ?? "unknown" }
        return [
            "objects: \(number(objects?["total"])), \(missing) missing",
            "space: \(number(space?["needed"])) bytes needed beside objects, \(number(space?["available"])) available",
        ]
    }

    private static func obstacles(_ plan: JSONValue) -> [String] {
        var text: [String] = []
        if let failure = plan["failedBefore"]?.string { text.append("this content failed before, as \(failure)") }
        for (key, title) in [("missing", "missing objects:"), ("damaged", "damaged objects:")] {
            let names = list(plan["objects"]?[key])
            if !names.isEmpty { text += [title] + names }
        }
        if plan["space"]?["fits"] == false { text.append("it does not fit, not even after a garbage collection") }
        for (key, title) in [("brokenLinks", "links that break:"), ("warnings", "warnings:")] {
            let entries = list(plan[key])
            if !entries.isEmpty { text += [title] + entries }
        }
        return text
    }

    private static func joined(_ value: JSONValue?) -> String {
        (value?.array ?? []).compactMap(\.string).joined(separator: ", ")
    }

    private static func list(_ value: JSONValue?) -> [String] {
        (value?.array ?? []).compactMap(\.string).map { "  \($0)" }
    }
}
