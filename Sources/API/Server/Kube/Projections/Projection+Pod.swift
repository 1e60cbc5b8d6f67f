import JSON
import Model
import Store

/// A container as the one container of a pod.
extension Projection {
    private static let podKind = KindDescriptor(
        name: "Pod", plural: "pods", singular: "pod", shortNames: ["po"], group: "", isNamespaced: true,
        isFlat: true)

    static let pod = KindEntry(
        podKind,
        columns: ["Ready", "Status", "Restarts", "Node!"],
        Projection(of: Container.descriptor.name, cells: podCells) { resource, _, _ in
            guard let container = resource.as(Container.self) else { return .null }
            return pod(container, resource)
        })

    static let nodeName = "self"

    private static func pod(_ container: Resource<Container>, _ resource: AnyResource) -> JSONValue {
        let (status, name) = (container.status, JSONValue.string(container.name))
        let isReady = status.goal == .achieved
        let image = JSONValue.string(container.spec.revision)
        let conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map { type -> JSONValue in
            let holds = isReady || type == "PodScheduled" || (type == "Initialized" && status.isRunning)
            return [
                "type": .string(type), "status": holds ? "True" : "False", "reason": .string(status.phase.rawValue),
                "lastTransitionTime": .string(since(container).description),
            ]
        }
        let state: JSONValue = [
            "name": name, "ready": .bool(isReady), "restartCount": .integer(Int64(status.restarts)), "image": image,
            "imageID": "", "containerID": .string("lxc://\(container.name)"), "started": .bool(status.isRunning),
            "state": containerState(container),
        ]
        return document(
            podKind, container.name, of: resource,
            labels: ["app": container.name, "pantavisor.io/group": container.spec.group],
            annotations: container.metadata.annotations,
            [
                "spec": [
                    "nodeName": .string(nodeName), "restartPolicy": "Always",
                    "containers": [["name": name, "image": image, "resources": [:]]],
                ],
                "status": [
                    "phase": podPhase(container), "conditions": .array(conditions), "containerStatuses": [state],
                    "startTime": .string(container.metadata.creationTimestamp.description),
                ],
            ])
    }

    /// When it came to what it is now, as near as it is known by the wall clock.
    private static func since(_ container: Resource<Container>) -> Timestamp {
        let times = container.status.conditions.map(\.lastTransitionTime)
        return max(container.metadata.creationTimestamp, times.max() ?? container.metadata.creationTimestamp)
    }

    private static func podPhase(_ container: Resource<Container>) -> JSONValue {
        switch container.status.phase {
        case .installed, .blocked, .starting: "Pending"
        case .mounted: container.status.goal == .achieved ? "Succeeded" : "Pending"
        case .started, .ready, .recovering, .stopping: "Running"
        case .stopped:
            switch container.status.stopReason {
            case .failed, .exhausted: "Failed"
            case .user, .completed, nil: "Succeeded"
            }
        }
    }

    private static func containerState(_ container: Resource<Container>) -> JSONValue {
        let status = container.status
        let exit = status.lastExit
        switch status.phase {
        case .started, .ready, .stopping:
            return ["running": ["startedAt": .string(since(container).description)]]
        case .stopped:
            let code = exit?.code ?? exit?.signal.map { 128 + $0 } ?? 0
            return [
                "terminated": [
                    "exitCode": .integer(Int64(code)), "reason": .string(status.stopReason?.rawValue ?? "Stopped"),
                    "message": .string(exit?.failure ?? ""),
                ]
            ]
        case .recovering:
            return ["waiting": ["reason": "CrashLoopBackOff", "message": .string(exit?.failure ?? "")]]
        case .installed, .blocked, .mounted, .starting: return ["waiting": ["reason": .string(status.phase.rawValue)]]
        }
    }

    private static func podCells(_ document: JSONValue) -> [JSONValue] {
        let state = document["status"]?["containerStatuses"]?.array?.first
        let waiting = state?["state"]?["waiting"]?["reason"]
        let isReady = state?["ready"] == true
        return [
            .string(isReady ? "1/1" : "0/1"), waiting ?? document["status"]?["phase"] ?? .null,
            state?["restartCount"] ?? 0, document["spec"]?["nodeName"] ?? .null,
        ]
    }
}
