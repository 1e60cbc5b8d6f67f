package import Model

/// The resources a revision stands for, each list in the revision's order.
package struct Expansion: Sendable, Equatable {
    package var groups: [Resource<Group>] = []
    package var containers: [Resource<Container>] = []
    package var volumes: [Resource<Volume>] = []
    package var bsp: Resource<BSP>?
    package var modules: [Resource<Module>] = []

    /// Carried by every resource that a revision was expanded to; its value is the revision's resource name.
    package static let revisionLabel = "pantavisor.io/revision"
}

extension StateDocument {
    /// Expands a revision, given by its real name (`3`, `locals/x`), with settings of groups merged into containers.
    ///
    /// The BSP only where its kernel runs, whose release tells which modules are for it.
    ///
    /// - Parameter driverScopes: the parts of `bsp/drivers.json` that hold for this device, the strongest last.
    package func expansion(
        of revision: String, kernelRelease: String? = nil, driverScopes: [String] = ["all"]
    ) -> Expansion {
        let labels = [Expansion.revisionLabel: Revision.resourceName(of: revision)]
        var expansion = Expansion()
        if let bsp, let kernelRelease { expansion.add(bsp, of: self, revision, for: kernelRelease, labels) }
        for (order, group) in groups.enumerated() {
            expansion.groups.append(
                Resource(metadata: Metadata(name: group.name, labels: labels), spec: Group.Spec(group, order: order)))
        }
        for container in containers.sorted(by: { $0.order < $1.order }) {
            guard let group = group(of: container) else { continue }
            let metadata = Metadata(name: container.name, labels: labels, finalizers: [Container.stopFinalizer])
            let spec = Container.Spec(
                container, in: group, of: revision, digest: inputsDigest(of: container, in: group))
            expansion.containers.append(Resource(metadata: metadata, spec: spec))
            for volume in container.volumes(of: revision) {
                let name = Volume.resourceName(container: container.name, volume: volume.volume)
                let metadata = Metadata(name: name, labels: labels, finalizers: [Volume.unmountFinalizer])
                expansion.volumes.append(Resource(metadata: metadata, spec: volume))
            }
        }
        expansion.modules = modules(of: revision, in: driverScopes, labels)
        return expansion
    }

    /// Every alias that the BSP has or a container asks for.
    private func modules(
        of revision: String, in scopes: [String], _ labels: [String: String]
    ) -> [Resource<Module>] {
        var specs: [String: Module.Spec] = [:]
        for scope in scopes {
            for (alias, modules) in drivers?.aliases[scope] ?? [:] {
                specs[alias] = Module.Spec(revision: revision, modules: modules)
            }
        }
        for container in containers {
            let names = container.drivers
            // Of two ways to ask for one, the stronger counts.
            for (need, aliases) in [
                (Module.Need.manual, names.manual), (.optional, names.optional), (.required, names.required),
            ] {
                for alias in aliases {
                    specs[alias, default: Module.Spec(revision: revision, modules: [])]
                        .containers[container.name] = need.rawValue
                }
            }
        }
        return specs.sorted { $0.key < $1.key }.map { alias, spec in
            Resource(metadata: Metadata(name: alias, labels: labels), spec: spec)
        }
    }
}

extension Expansion {
    fileprivate mutating func add(
        _ bsp: BSPManifest, of state: StateDocument, _ revision: String, for release: String,
        _ labels: [String: String]
    ) {
        let modules = bsp.modulesByRelease[release] ?? bsp.modules
        let spec = BSP.Spec(
            revision: revision, kernel: bsp.linux, initrd: bsp.initrd, fdt: bsp.fdt, fit: bsp.fit, rpiab: bsp.rpiab,
            addons: bsp.addons, modules: modules.map { ImageReference($0).file },
            firmware: bsp.firmware.map { ImageReference($0).file })
        self.bsp = Resource(
            metadata: Metadata(name: BSP.currentName, labels: labels, finalizers: [BSP.unbindFinalizer]), spec: spec)
        for image in [modules, bsp.firmware].compactMap({ $0.map { ImageReference($0) } }) {
            let filesystem = image.file.split(separator: ".").last.map { String($0) }
            let volume = Volume.Spec(
                revision: revision, container: BSP.owner, volume: image.file, source: .image, filesystem: filesystem,
                handler: image.handler, object: state.files["\(BSP.owner)/\(image.file)"]?.object)
            let name = Volume.resourceName(container: BSP.owner, volume: image.file)
            volumes.append(
                Resource(
                    metadata: Metadata(name: name, labels: labels, finalizers: [Volume.unmountFinalizer]),
                    spec: volume))
        }
    }
}

extension Group.Spec {
    fileprivate init(_ group: GroupManifest, order: Int) {
        self.init(
            order: order, description: group.description, statusGoal: group.statusGoal,
            restartPolicy: group.restartPolicy, timeout: group.timeout, autoRecovery: group.autoRecovery)
    }
}

extension Container.Spec {
    fileprivate init(
        _ container: ContainerManifest, in group: GroupManifest, of revision: String, digest: String
    ) {
        self.init(
            revision: revision, order: container.order, group: group.name, type: container.type,
            config: container.config, statusGoal: container.statusGoal ?? group.statusGoal,
            restartPolicy: container.restartPolicy ?? group.restartPolicy,
            autoRecovery: container.autoRecovery ?? group.autoRecovery ?? AutoRecovery(policy: .no),
            roles: container.roles, hasConfigOverlay: container.hasConfigOverlay, exports: container.exports,
            logs: container.logs, devLog: container.devLog,
            mountsModulesAndFirmware: container.mountsModulesAndFirmware, hostname: container.network.hostname,
            inputsDigest: digest)
    }
}

extension ContainerManifest {
    /// The root volume first, then the other images, then storage by name.
    fileprivate func volumes(of revision: String) -> [Volume.Spec] {
        images.map { image in
            var spec = Volume.Spec(revision: revision, container: name, volume: image.name, source: .image)
            switch image.content {
            case .image(let object, let filesystem, let handler):
                spec.object = object
                spec.filesystem = filesystem
                spec.handler = handler
            case .file(let object):
                spec.source = .file
                spec.object = object
            case .directory: spec.source = .directory
            }
            return spec
        }
            + storage.map { entry in
                Volume.Spec(
                    revision: revision, container: name, volume: entry.name, source: Volume.Source(entry.persistence),
                    disk: entry.disk)
            }
    }
}

extension Volume.Source {
    fileprivate init(_ persistence: Persistence) {
        switch persistence {
        case .permanent: self = .permanent
        case .revision: self = .revision
        case .boot: self = .boot
        }
    }
}
