import JSON

extension Explainer {
    func group(_ group: Witness) -> Finding {
        if group.isBeingDeleted { return removal(group) }
        let goal = group.specText("statusGoal")
        let members = "\(group.count("membersReached")) of \(group.count("members")) members are at \(goal)"
        if group.isAchieved { return .fine("\(group.title) is at its goal: \(members)") }
        if group.condition("Open")?.isFalse == true, let blocker = blocker(of: group) {
            return Finding(
                text: "\(group.title) is not open: it waits for group \(blocker.name)", because: [explain(blocker)])
        }
        let timeout = group.spec("timeout")?.integer ?? 0
        let isLate = group.statusText("goal") == "TIMEDOUT"
        let late = isLate ? " after \(timeout) s, so later groups started without it" : ""
        return Finding(text: "\(group.title) is not at its goal: \(members)\(late)", because: behind(group))
    }

    /// The first of the earlier groups that keeps the gate shut.
    private func blocker(of group: Witness) -> Witness? {
        evidence.groups.first { $0.order < group.order && $0.statusText("goal") == "UNACHIEVED" }
    }

    private func behind(_ group: Witness) -> [Finding] {
        let members = evidence.all("Container").filter { $0.specText("group") == group.name }
        let behind = members.filter { !$0.isAchieved }.sorted { $0.name < $1.name }
        guard behind.isEmpty else { return explain(behind) }
        return [
            Finding(
                text: members.isEmpty ? "it has no containers" : "its members are there; it has not been judged since",
                remedy: "wait a moment, then look at pvcontrol events group/\(group.name)")
        ]
    }
}
