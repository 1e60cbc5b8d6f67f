import JSON

extension Explainer {
    func container(_ container: Witness) -> Finding {
        if container.isBeingDeleted { return removal(container) }
        let goal = container.specText("statusGoal")
        if container.specText("run") == "Stopped" { return stoppedByUser(container) }
        if container.isAchieved {
            let isSettling = container.status("isStable")?.bool == false
            return .fine(
                "\(container.title) is at its goal: \(container.phase)" + (isSettling ? ", and not yet stable" : ""))
        }
        return Finding(
            text: "\(container.title) is not at its goal: it is \(container.phase), its goal is \(goal)",
            because: reasons(container))
    }

    private func stoppedByUser(_ container: Witness) -> Finding {
        Finding(
            text: "\(container.title) is \(container.phase)",
            because: [
                Finding(text: "a user stopped it", remedy: "pvcontrol containers start \(container.name)")
            ])
    }

    private func reasons(_ container: Witness) -> [Finding] {
        switch container.phase {
        case "STOPPED": [gaveUp(container)]
        case "RECOVERING": [recovering(container)]
        case "STARTED": [notReady(container)]
        case "STOPPING": [stopping(container)]
        case "STARTING": [starting(container)]
        case _: held(container)
        }
    }

    /// It does not run yet: the gate, then the volumes, then whatever a condition says.
    private func held(_ container: Witness) -> [Finding] {
        if let gate = container.condition("GateOpen"), gate.isFalse { return [self.gate(container, gate)] }
        if let volumes = container.condition("VolumesMounted"), volumes.isFalse {
            let missing = evidence.all("Volume").filter {
                $0.specText("container") == container.name && $0.status("isMounted")?.bool != true
            }
            if !missing.isEmpty {
                return [
                    Finding(text: "it waits for its volumes", because: explain(missing.sorted { $0.name < $1.name }))
                ]
            }
        }
        let bad = container.conditions.filter { $0.isFalse && $0.type != "Ready" }
        guard bad.isEmpty else {
            return bad.map {
                Finding(text: "\($0.type) is False: \($0.text)", remedy: "pvcontrol describe \(container.title)")
            }
        }
        return [notExamined(container)]
    }

    private func notExamined(_ container: Witness) -> Finding {
        let isUnknown = container.statusText("process") == "Unknown"
        return Finding(
            text: isUnknown ? "nobody has looked yet whether it runs" : "nothing was done for it yet",
            remedy: "wait a moment; if it stays so, look at Pantavisor's own log")
    }

    private func gate(_ container: Witness, _ gate: Witness.Condition) -> Finding {
        if gate.reason == "DeviceNotReady" {
            let device = evidence.all("Device").first.map { [explain($0)] } ?? []
            return Finding(text: gate.text, because: device.filter { !$0.isFine }, remedy: "wait a moment")
        }
        guard let group = evidence.find("Group", container.specText("group")) else {
            return Finding(
                text: "its group \(container.specText("group")) does not exist",
                remedy: "name a group that device.json has")
        }
        let blocker = explain(group)
        return Finding(text: "its group \(group.name) is not open", because: blocker.because)
    }

    private func recovering(_ container: Witness) -> Finding {
        let limit = container.spec("autoRecovery")?["maxRetries"]?.integer ?? 0
        let tries = "retry \(container.count("retries"))" + (limit > 0 ? " of \(limit)" : "")
        return Finding(
            text: "it waits for its next start (\(tries))", because: [end(container)])
    }

    private func gaveUp(_ container: Witness) -> Finding {
        let policy = container.spec("autoRecovery")?["policy"]?.string ?? "no"
        switch container.statusText("stopReason") {
        case "RetriesExhausted":
            let limit = container.spec("autoRecovery")?["maxRetries"]?.integer ?? 0
            return Finding(text: "all \(limit) retries are used up", because: [end(container)])
        case "Failed":
            return Finding(
                text: "auto_recovery is \"\(policy)\", so it is not started again", because: [end(container)])
        case "Completed":
            return Finding(
                text: "it ended by itself with success, and auto_recovery is \"\(policy)\"",
                remedy: "pvcontrol containers start \(container.name); or policy \"always\" if it should run for ever")
        case _:
            return Finding(text: "it was stopped", remedy: "pvcontrol containers start \(container.name)")
        }
    }

    /// How its last run ended: the end of every path through a crash.
    private func end(_ container: Witness) -> Finding {
        let logs = "pvcontrol logs \(container.name)"
        guard let exit = container.status("lastExit") else {
            return Finding(text: "nobody saw how it ended", remedy: logs)
        }
        if let failure = exit["failure"]?.string {
            return Finding(
                text: "it could not be started: \(failure)",
                remedy: "\(logs) --source lxc; then correct its configuration or image")
        }
        if let signal = exit["signal"]?.integer {
            let isMemory = signal == 9
            return Finding(
                text: "it was killed by signal \(signal)",
                remedy: isMemory ? "\(logs); look for 'out of memory' in the kernel's log" : logs)
        }
        let code = exit["code"]?.integer ?? 0
        return Finding(
            text: code == 0 ? "it exited with success" : "it exited with code \(code)",
            remedy: code == 127 || code == 126 ? "its program is missing or not executable: \(logs)" : logs)
    }

    private func notReady(_ container: Witness) -> Finding {
        Finding(
            text: "it runs, and has not signalled that it is ready",
            remedy: "the container must run 'pvcontrol signal ready'; see pvcontrol logs \(container.name)")
    }

    private func stopping(_ container: Witness) -> Finding {
        Finding(
            text: "it is being stopped: \(container.condition("Started")?.text ?? "no reason is known")",
            remedy: "wait; it is killed when it does not halt in time")
    }

    private func starting(_ container: Witness) -> Finding {
        Finding(
            text: "it is being started",
            remedy: "wait; pvcontrol logs \(container.name) --source lxc says how far it is")
    }
}
