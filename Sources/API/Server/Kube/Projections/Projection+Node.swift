import JSON
import Model
import Store

/// The device as the one node, and the one namespace that projections live in.
extension Projection {
    private static let nodeKind = KindDescriptor(
        name: "Node", plural: "nodes", singular: "node", shortNames: ["no"], group: "", isFlat: true)

    static let node = KindEntry(
        nodeKind,
        columns: ["Status", "Version"],
        Projection(
            of: Device.descriptor.name,
            cells: { document in
                let condition = document["status"]?["conditions"]?.array?.first
                return [
                    condition?["status"] == "True" ? "Ready" : "NotReady",
                    document["status"]?["nodeInfo"]?["kubeletVersion"] ?? .null,
                ]
            },
            document: { resource, _, machine in
                guard let device = resource.as(Device.self) else { return .null }
                return node(device, resource, machine)
            }))

    private static let namespaceKind = KindDescriptor(
        name: "Namespace", plural: "namespaces", singular: "namespace", shortNames: ["ns"], group: "", isFlat: true)

    static let namespace = KindEntry(
        namespaceKind,
        columns: ["Status"],
        Projection(
            of: Device.descriptor.name, name: { _ in ResourcePath.namespace },
            cells: { _ in ["Active"] },
            document: { resource, _, _ in
                document(
                    namespaceKind, ResourcePath.namespace, of: resource, ["status": ["phase": "Active"]])
            }))

    private static func node(_ device: Resource<Device>, _ resource: AnyResource, _ machine: Hardware) -> JSONValue {
        let isReady = device.status.phase == .ready
        let time = device.status.conditions["Ready"]?.lastTransitionTime ?? device.metadata.creationTimestamp
        let arch = device.status.arch.map { ["x86_64": "amd64", "aarch64": "arm64"][$0] ?? $0 } ?? ""
        var capacity: JSONObject = ["pods": .string("\(device.status.groups * 1000)")]
        if machine.processors > 0 {
            capacity["cpu"] = .string("\(machine.processors)")
            capacity["memory"] = .string("\(machine.memory / 1024)Ki")
        }
        return document(
            nodeKind, device.name, of: resource,
            labels: ["kubernetes.io/hostname": device.name, "kubernetes.io/arch": arch, "kubernetes.io/os": "linux"],
            [
                "status": [
                    "conditions": [
                        [
                            "type": "Ready", "status": isReady ? "True" : "False",
                            "reason": .string(device.status.phase.rawValue),
                            "message": .string("revision \(device.status.currentRevision ?? "none")"),
                            "lastTransitionTime": .string(time.description),
                            "lastHeartbeatTime": .string(time.description),
                        ]
                    ],
                    "capacity": .object(capacity), "allocatable": .object(capacity),
                    "addresses": [["type": "Hostname", "address": .string(device.name)]],
                    "nodeInfo": [
                        "architecture": .string(arch), "operatingSystem": "linux", "osImage": "Pantavisor",
                        "kubeletVersion": .string("v" + (device.status.version ?? "0")), "kernelVersion": "",
                        "containerRuntimeVersion": "lxc://", "machineID": "", "systemUUID": "", "bootID": "",
                        "kubeProxyVersion": "",
                    ],
                ]
            ])
    }
}
