import JSON

extension Explainer {
    func volume(_ volume: Witness) -> Finding {
        if volume.isBeingDeleted { return removal(volume) }
        if volume.status("isMounted")?.bool == true { return .fine("\(volume.title) is mounted") }
        let mounted = volume.condition("Mounted")
        let title = "\(volume.title) is not mounted"
        if mounted?.reason == "NotSupported" {
            return Finding(
                text: title,
                because: [
                    Finding(
                        text: mounted?.text ?? "", remedy: "take the setting out of the revision, or update Pantavisor")
                ])
        }
        let container = evidence.find("Container", volume.specText("container"))
        let group = container.flatMap { evidence.find("Group", $0.specText("group")) }
        if let group, group.condition("Open")?.isFalse == true {
            return Finding(text: "\(title): its container's group is not open", because: [explain(group)])
        }
        return Finding(
            text: title,
            because: [
                Finding(
                    text: mounted?.text ?? "nobody has looked yet whether it is mounted",
                    remedy: "wait a moment, then look at pvcontrol events \(volume.title)")
            ])
    }
}
