import Drivers
import Engine
import Model

extension ContainerStep {
    /// It does not run: whether it should, may and can.
    mutating func planStart() {
        guard container.spec.run == .running else {
            rest(.user)
            return
        }
        takeUpWishes()
        if status.phase == .stopped, status.stopReason != nil { return }
        if let due = status.nextStartAt, due > world.now {
            status.phase = .recovering
            wake(at: due)
            return
        }
        guard gateIsOpen(), objectsAreSound(), volumesAreMounted(), driversAreLoaded() else { return }
        guard container.spec.isRunnable, let config = container.spec.config else {
            if status.phase != .mounted { events.append(EventNote("Mounted", "all volumes are mounted")) }
            status.phase = .mounted
            return
        }
        status.phase = .starting
        status.nextStartAt = nil
        set("Started", .no, "Starting")
        actions.append(.start(launch(config), digest: container.spec.inputsDigest))
    }

    private mutating func rest(_ reason: Container.StopReason) {
        status.phase = .stopped
        status.stopReason = reason
        status.nextStartAt = nil
        if status.conditions["Started"]?.status != .no {
            set("Started", .no, "Stopped", "a user wants it stopped")
        }
        describeRecovery()
    }

    /// A user who starts or restarts it, and a revision that changed it, begin anew: no retries are counted.
    private mutating func takeUpWishes() {
        let isStartedByUser = status.stopReason == .user
        let isChanged = isOutdated && (status.stopReason != nil || status.phase == .recovering)
        guard isStartedByUser || isChanged || pendingRestart != nil else { return }
        status.handledRestart = pendingRestart ?? status.handledRestart
        status.phase = .installed
        status.stopReason = nil
        status.nextStartAt = nil
        status.retries = 0
        describeRecovery()
    }

    private mutating func gateIsOpen() -> Bool {
        guard let device, device.status.isSwept, !device.isGoingDown else {
            status.phase = .blocked
            set("GateOpen", .no, "DeviceNotReady", "the device is clearing what an earlier run left, or going down")
            return false
        }
        if let bsp = world.get(BSP.self, BSP.currentName), !bsp.status.isReady {
            status.phase = .blocked
            let missing = bsp.status.conditions["Mounted"]?.message ?? ""
            set("GateOpen", .no, "BSPNotReady", "modules and firmware: \(missing)")
            return false
        }
        guard let group, group.status.isOpen else {
            status.phase = .blocked
            let gate = self.group?.status.conditions["Open"]?.message ?? "its group does not exist yet"
            set("GateOpen", .no, "Blocked", "group \(container.spec.group): \(gate)")
            return false
        }
        guard world.shows(UserMeta.self, to: name), world.shows(DeviceMeta.self, to: name) else {
            status.phase = .blocked
            set("GateOpen", .no, "MetadataNotReady", "its metadata is being written")
            return false
        }
        set("GateOpen", .yes, "Open")
        return true
    }

    private mutating func objectsAreSound() -> Bool {
        guard let objection = container.spec.objection else {
            status.conditions.remove("ObjectsSound")
            return true
        }
        if status.phase != .recovering { status.phase = .installed }
        set("ObjectsSound", .no, "NotSound", objection)
        return false
    }

    private mutating func volumesAreMounted() -> Bool {
        let missing = world.all(Volume.self)
            .filter { $0.spec.container == name && !$0.isReady }
            .map(\.spec.volume).sorted()
        guard missing.isEmpty else {
            if status.phase != .recovering { status.phase = .installed }
            set("VolumesMounted", .no, "Waiting", "not mounted: \(missing.joined(separator: ", "))")
            return false
        }
        set("VolumesMounted", .yes, "Mounted")
        return true
    }

    private mutating func driversAreLoaded() -> Bool {
        let obstacles = world.all(Module.self).compactMap { $0.obstacle(to: name) }.sorted()
        guard obstacles.isEmpty else {
            if status.phase != .recovering { status.phase = .installed }
            set("DriversLoaded", .no, "Waiting", obstacles.joined(separator: "; "))
            return false
        }
        if status.conditions["DriversLoaded"] != nil { set("DriversLoaded", .yes, "Loaded") }
        return true
    }

    private func launch(_ config: String) -> ContainerLaunch {
        let spec = container.spec
        let layout = settings.layout
        let trail = layout.trail(spec.revision)
        return ContainerLaunch(
            name: name, group: spec.group, revision: spec.revision, directory: "\(trail)/\(name)", configFile: config,
            hostname: spec.hostname, roles: spec.roles,
            configOverlay: spec.hasConfigOverlay ? "\(trail)/_config/\(name)" : nil, exports: spec.exports,
            hasDevLog: spec.devLog ?? settings.providesDevLog,
            mountsModulesAndFirmware: spec.mountsModulesAndFirmware,
            logs: layout.logs(of: name, in: spec.revision))
    }
}

extension World {
    /// Whether a container finds its metadata when it looks; files that cannot be written keep nobody from starting.
    fileprivate func shows<K: MetaKind>(_ kind: K.Type, to container: String) -> Bool {
        guard let status = get(K.self, K.selfName)?.status else { return true }
        return status.shown["\(K.directory).\(container)"] != nil
            || status.conditions[Condition.progressing]?.status == .no
    }
}

extension Resource<Volume> {
    /// Whether what the revision asks for is mounted, and stays.
    fileprivate var isReady: Bool {
        status.isMounted == true && status.mountedObject == spec.object && !metadata.isBeingDeleted
    }
}
