import JSON
import Model
import Store

/// The device as a deployment of one replica, and its revisions as that deployment's replica sets: what
/// `kubectl rollout status` and `history` read.
extension Projection {
    static let deploymentName = "device"

    private static let deploymentKind = KindDescriptor(
        name: "Deployment", plural: "deployments", singular: "deployment", shortNames: ["deploy"], group: "apps",
        isNamespaced: true, isFlat: true)

    static let deployment = KindEntry(
        deploymentKind,
        columns: ["Ready", "Up-To-Date", "Available"],
        Projection(
            of: Device.descriptor.name, trigger: Rollout.descriptor.name, name: { _ in deploymentName },
            cells: { document in
                let status = document["status"]
                let available = status?["availableReplicas"]?.integer ?? 0
                return [.string("\(available)/1"), status?["updatedReplicas"] ?? 0, .integer(available)]
            },
            document: { resource, snapshot, _ in
                guard let device = resource.as(Device.self) else { return .null }
                return deployment(device, resource, snapshot)
            }))

    private static let replicaSetKind = KindDescriptor(
        name: "ReplicaSet", plural: "replicasets", singular: "replicaset", shortNames: ["rs"], group: "apps",
        isNamespaced: true, isFlat: true)

    static let replicaSet = KindEntry(
        replicaSetKind,
        columns: ["Desired", "Current", "Ready"],
        Projection(
            of: Revision.descriptor.name,
            cells: { document in
                let replicas = document["spec"]?["replicas"] ?? 0
                return [replicas, replicas, document["status"]?["readyReplicas"] ?? 0]
            },
            document: { resource, snapshot, _ in
                guard let revision = resource.as(Revision.self) else { return .null }
                return replicaSet(revision, resource, snapshot)
            }))

    private static let labels: JSONValue = ["app": .string(deploymentName)]

    private static func template(_ revision: String) -> JSONValue {
        [
            "metadata": ["labels": labels],
            "spec": ["containers": [["name": .string(deploymentName), "image": .string(revision)]]],
        ]
    }

    private static func deployment(
        _ device: Resource<Device>, _ resource: AnyResource, _ snapshot: Snapshot
    ) -> JSONValue {
        let status = device.status
        let rollouts = snapshot.all(Rollout.self)
        let active = rollouts.first { !$0.status.isFinished && $0.status.step != .pending }
        let wanted = active?.status.target ?? device.spec.desiredRevision ?? status.currentRevision ?? ""
        let last = active ?? rollouts.filter { $0.status.target == wanted }.max { $0.began < $1.began }
        let isUpdated = status.currentRevision == wanted && active == nil
        let isAvailable = isUpdated && status.phase == .ready
        let hasFailed = !isUpdated && [.refused, .rolledBack, .aborted].contains(last?.status.outcome)
        let progress: JSONValue = [
            "type": "Progressing", "status": hasFailed ? "False" : "True",
            "reason": hasFailed
                ? "ProgressDeadlineExceeded" : isAvailable ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
            "message": .string(last?.status.progress.message ?? ""),
        ]
        let available: JSONValue = [
            "type": "Available", "status": status.phase == .ready ? "True" : "False",
            "reason": .string(status.phase.rawValue),
        ]
        return document(
            deploymentKind, deploymentName, of: resource,
            annotations: ["deployment.kubernetes.io/revision": "\(number(of: wanted, in: snapshot))"],
            [
                "spec": [
                    "replicas": 1, "selector": ["matchLabels": labels], "template": template(wanted),
                    "strategy": ["type": "Recreate"],
                ],
                "status": [
                    "observedGeneration": .integer(device.metadata.generation), "replicas": 1,
                    "updatedReplicas": isUpdated ? 1 : 0, "readyReplicas": isAvailable ? 1 : 0,
                    "availableReplicas": isAvailable ? 1 : 0, "conditions": [available, progress],
                ],
            ])
    }

    private static func replicaSet(
        _ revision: Resource<Revision>, _ resource: AnyResource, _ snapshot: Snapshot
    ) -> JSONValue {
        let device = snapshot.get(Device.self, Device.selfName)
        let isCurrent = device?.status.currentRevision == revision.spec.revision
        let count: JSONValue = isCurrent ? 1 : 0
        var annotations = [
            "deployment.kubernetes.io/revision": "\(number(of: revision.spec.revision, in: snapshot))"
        ]
        annotations["kubernetes.io/change-cause"] = revision.spec.commitMessage ?? revision.spec.revision
        let shown = document(
            replicaSetKind, revision.name, of: resource, labels: ["app": deploymentName], annotations: annotations,
            [
                "spec": [
                    "replicas": count, "selector": ["matchLabels": labels],
                    "template": template(revision.spec.revision),
                ],
                "status": [
                    "replicas": count, "readyReplicas": isCurrent && device?.status.phase == .ready ? 1 : 0,
                    "observedGeneration": .integer(revision.metadata.generation),
                ],
            ])
        let owner: JSONValue = [
            "apiVersion": "apps/v1", "kind": "Deployment", "name": .string(deploymentName), "controller": true,
            "uid": .string(device?.metadata.uid ?? ""),
        ]
        return MergePatch.apply(["metadata": ["ownerReferences": [owner]]], to: shown)
    }

    /// The place of a revision in the order they came, from 1: kubectl wants numbers, and ours may have names.
    private static func number(of revision: String, in snapshot: Snapshot) -> Int {
        let all = snapshot.all(Revision.self).sorted { left, right in
            let (before, after) = (left.metadata.creationTimestamp, right.metadata.creationTimestamp)
            return before == after ? precedes(left.spec.revision, right.spec.revision) : before < after
        }
        return (all.firstIndex { $0.spec.revision == revision } ?? all.count) + 1
    }

    /// Numbers by value, before names.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        switch (Int(left), Int(right)) {
        case (let left?, let right?): left < right
        case (_?, nil): true
        case (nil, _?): false
        case (nil, nil): left < right
        }
    }
}

extension Resource<Rollout> {
    fileprivate var began: Timestamp { status.startedAt ?? metadata.creationTimestamp }
}
