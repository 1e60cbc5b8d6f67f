package import JSON
import Model
import StateFormat
package import Store

/// What moving to a revision would do, worked out from what is known, without touching anything.
package struct UpdatePreview: Sendable {
    private let settings: RolloutSettings

    package init(settings: RolloutSettings) {
        self.settings = settings
    }

    /// A document for people and programs; `isChange` tells whether anything would happen at all.
    package func of(_ state: JSONValue, in snapshot: Snapshot) -> JSONValue {
        let device = snapshot.get(Device.self, Device.selfName)?.status
        var preview: JSONObject = [
            "from": JSONValue(device?.currentRevision), "digest": .string(contentDigest(of: state)),
        ]
        let failure = device?.failures.first { $0.digest == contentDigest(of: state) }
        preview["failedBefore"] = JSONValue(failure.map { "\($0.revision): \($0.message)" })
        do throws(InvalidState) {
            let document = try StateDocument(state, options: settings.state)
            preview["isValid"] = true
            preview["warnings"] = .strings(document.warnings.map(\.description))
            preview["groups"] = .strings(document.groups.map(\.name))
            preview["brokenLinks"] = .strings(document.brokenLinks)
            preview["signatures"] = .strings(document.signatures.keys.sorted())
            preview["objects"] = objects(of: document, in: snapshot)
            preview["space"] = space(for: state, in: snapshot)
            describe(document, from: device?.currentRevision, in: snapshot, &preview)
        } catch {
            preview["isValid"] = false
            preview["problems"] = .strings(error.problems.map(\.description))
        }
        return .object(preview)
    }

    private func describe(
        _ new: StateDocument, from current: String?, in snapshot: Snapshot, _ preview: inout JSONObject
    ) {
        guard let current, let running = snapshot.get(Revision.self, Revision.resourceName(of: current)) else {
            preview["rebootReasons"] = ["nothing runs yet"]
            preview["isChange"] = true
            return
        }
        do throws(InvalidState) {
            let transition = Transition(from: try StateDocument(running.spec.state, options: settings.state), to: new)
            preview["rebootReasons"] = .strings(transition.rebootReasons)
            preview["containers"] = .array(
                transition.changes.map { change in
                    [
                        "name": .string(change.container), "effect": .string(change.effect.rawValue),
                        "reasons": .strings(change.reasons),
                    ]
                })
            preview["isChange"] = .bool(!transition.isEmpty)
        } catch {
            preview["rebootReasons"] = .strings(["\(current) cannot be read"])
            preview["isChange"] = true
        }
    }

    private func objects(of document: StateDocument, in snapshot: Snapshot) -> JSONValue {
        let found = document.objects.map { ($0, snapshot.get(Object.self, $0)) }
        let missing = found.filter { $0.1 == nil }.map(\.0).sorted()
        let damaged = found.filter { $0.1?.status.isVerified == false }.map(\.0).sorted()
        let present = found.reduce(Int64(0)) { $0 + ($1.1?.spec.size ?? 0) }
        return [
            "total": .integer(Int64(found.count)), "presentBytes": .integer(present), "missing": .strings(missing),
            "damaged": .strings(damaged),
        ]
    }

    private func space(for state: JSONValue, in snapshot: Snapshot) -> JSONValue {
        let storage = snapshot.get(Storage.self, Storage.selfName)?.status
        let needed = state.bytesOnDisk
        let available = storage?.available
        return [
            "needed": .integer(needed), "available": available.map { .integer($0) } ?? .null,
            "reclaimable": .integer(storage?.garbage.bytes ?? 0),
            "fits": available.map { .bool(needed <= $0 + (storage?.garbage.bytes ?? 0)) } ?? .null,
        ]
    }
}

extension StateDocument {
    /// Services that containers need and that no container of the revision offers.
    fileprivate var brokenLinks: [String] {
        let offered = Set(
            containers.flatMap(\.exportedServices).map { service in
                switch service {
                case .endpoint(let name, _, _): name
                case .busName(let owned, _, _, _): owned
                }
            })
        return containers.flatMap { container in
            container.requirements.filter { $0.isRequired && !offered.contains($0.name) }
                .map { "\(container.name) needs \($0.name), which no container offers" }
        }
    }
}

extension JSONValue {
    fileprivate static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
