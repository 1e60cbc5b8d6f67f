import DequeModule
package import Model
import Synchronization

/// Writes what happened as core/v1 Events: equal ones are counted, and only the latest are kept.
package final class EventRecorder: Sendable {
    private let store: ResourceStore
    private let kept: Mutex<LatestNames>

    /// - Parameter limit: how many events are kept; the one that happened longest ago goes first.
    package init(store: ResourceStore, limit: Int = 1000) {
        self.store = store
        kept = Mutex(LatestNames(limit: limit))
    }

    package func record(
        _ level: Event.Level = .normal, reason: String, message: String, about subject: AnyResource, component: String
    ) {
        record(level, reason: reason, message: message, about: Event.Reference(to: subject), component: component)
    }

    package func record(
        _ level: Event.Level = .normal, reason: String, message: String, about subject: Event.Reference,
        component: String
    ) {
        let spec = Event.Spec(
            involvedObject: subject, type: level, reason: reason, message: message, at: store.now(),
            component: component)
        let name = spec.resourceName
        countOrCreate(spec, as: name)
        for old in kept.withLock({ $0.insert(name) }) {
            // It may be gone already: events are deleted by nobody else, but that is no promise.
            _ = try? store.delete(ResourceKey(Event.descriptor.name, old))
        }
    }

    /// An event is news, not state: one that cannot be stored, for the store is full, is let go.
    private func countOrCreate(_ spec: Event.Spec, as name: String) {
        if count(spec, as: name) { return }
        let metadata = Metadata(name: name, namespace: "default")
        do throws(StoreError) {
            try store.create(AnyResource(Resource<Event>(metadata: metadata, spec: spec)))
        } catch {
            // Somebody else was faster with the same one.
            if case .alreadyExists = error { _ = count(spec, as: name) }
        }
    }

    /// Whether there was one to count.
    private func count(_ spec: Event.Spec, as name: String) -> Bool {
        do throws(StoreError) {
            try store.modify(Event.self, name, part: .main) { event in
                event.spec.count += 1
                event.spec.lastTimestamp = spec.lastTimestamp
            }
            return true
        } catch {
            return false
        }
    }
}

extension Event.Reference {
    package init(to resource: AnyResource) {
        self.init(
            kind: resource.kind.description, apiVersion: resource.descriptor.apiVersion, name: resource.name,
            uid: resource.metadata.uid)
    }
}

extension Event.Spec {
    /// `<object>.<16 hexadecimal digits>`: the same for the same event, so that it is found and counted.
    fileprivate var resourceName: String {
        // FNV-1a, 64 bits. The parts are told apart by a byte that is in no UTF-8 text.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for part in [involvedObject.kind, involvedObject.uid, type.rawValue, reason, message] {
            for byte in Array(part.utf8) + [0xFF] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        let digits = String(hash, radix: 16)
        let suffix = "." + String(repeating: "0", count: 16 - digits.count) + digits
        var name = involvedObject.name
        while name.utf8.count + suffix.utf8.count > 253 { name.removeLast() }
        return name + suffix
    }
}

/// Names in the order of their last use, at most `limit` of them.
private struct LatestNames: Sendable {
    private let limit: Int
    private var uses = 0
    private var lastUse: [String: Int] = [:]
    /// Oldest first.
    ///
    /// Only the entry with a name's last use counts.
    private var order: Deque<(use: Int, name: String)> = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Returns the names that fell out.
    mutating func insert(_ name: String) -> [String] {
        uses += 1
        lastUse[name] = uses
        order.append((uses, name))
        var fallen: [String] = []
        while lastUse.count > limit, let oldest = order.popFirst() {
            guard lastUse[oldest.name] == oldest.use else { continue }
            lastUse.removeValue(forKey: oldest.name)
            fallen.append(oldest.name)
        }
        if order.count > 2 * limit { order.removeAll { lastUse[$0.name] != $0.use } }
        return fallen
    }
}
