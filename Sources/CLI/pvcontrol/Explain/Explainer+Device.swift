import JSON

extension Explainer {
    func device(_ device: Witness) -> Finding {
        let title = "\(device.title) is \(device.phase)"
        if let reason = device.status("rebootReason")?.string {
            return Finding(
                text: title,
                because: [
                    Finding(
                        text: "it must reboot: \(reason)",
                        remedy: "it reboots by itself; see to the container, or change its backoff_policy")
                ])
        }
        let power = device.specText("power")
        if !power.isEmpty, power != "on" {
            return Finding(
                text: title,
                because: [
                    Finding(
                        text: power == "off" ? "a user wants it switched off" : "a user wants it rebooted",
                        remedy: "wait until every container has stopped")
                ])
        }
        guard !evidence.groups.isEmpty else {
            return Finding(text: "\(title): nothing of a revision runs yet", because: [currentRevision(device)])
        }
        let behind = evidence.groups.filter { !$0.isAchieved }
        guard !behind.isEmpty else { return .fine("\(device.title) is at its goal: every group is at its goal") }
        return Finding(
            text: "\(title): \(behind.count) of its groups are not at their goal", because: roots(of: behind))
    }

    /// Groups that only wait for others explain nothing themselves.
    private func roots(of behind: [Witness]) -> [Finding] {
        let open = behind.filter { $0.condition("Open")?.isFalse != true }
        return explain(open.isEmpty ? Array(behind.prefix(1)) : open)
    }

    private func currentRevision(_ device: Witness) -> Finding {
        guard let name = device.status("currentRevision")?.string ?? device.spec("desiredRevision")?.string else {
            return Finding(
                text: "the device has no revision", remedy: "install one and run it: pvcontrol cmd run REVISION")
        }
        if let loaded = device.condition("RevisionLoaded"), loaded.isFalse {
            return Finding(
                text: loaded.text,
                remedy: "restore its state document (.pvr/json), or start with another one: --revision REVISION")
        }
        guard let revision = evidence.all("Revision").first(where: { $0.specText("revision") == name }) else {
            return Finding(
                text: "revision \(name) is not on the device",
                remedy: "pvcontrol get revisions shows those that are; run one of them")
        }
        return explain(revision)
    }

    func revision(_ revision: Witness) -> Finding {
        let title = "\(revision.title) is \(revision.phase)"
        if let valid = revision.condition("Valid"), valid.isFalse {
            return Finding(
                text: "\(revision.title) is not valid",
                because: [Finding(text: valid.text, remedy: "correct the state and install it under another name")])
        }
        if ["ERROR", "WONTGO"].contains(revision.phase) {
            return Finding(
                text: title,
                because: [
                    Finding(
                        text: revision.statusText("message"),
                        remedy: "it is not tried again; correct the cause and install it under another name")
                ])
        }
        guard let active = revision.condition("Active"), active.isFalse else {
            return .fine("\(title): its containers are the device's")
        }
        let current = evidence.all("Device").first?.status("currentRevision")?.string
        return Finding(
            text: "\(title), and not the one that runs",
            because: [
                Finding(
                    text: current.map { "the device runs revision \($0)" } ?? "the device runs no revision",
                    remedy: "to run this one: pvcontrol cmd run \(revision.specText("revision"))")
            ])
    }
}
