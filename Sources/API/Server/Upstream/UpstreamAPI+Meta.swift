import JSON
import Logging
import Model
import Store

/// `/user-meta` and `/device-meta` (`spec/pv-ctrl-api.md` §3.5).
extension UpstreamAPI {
    private static let savingLimit = Duration.seconds(10)

    func meta<K: MetaKind>(_ kind: K.Type) -> Response {
        guard let meta = store.snapshot().get(K.self, K.selfName) else {
            return UpstreamText.error(.internalError, "couldn't get \(K.directory)")
        }
        var values = meta.status.visible(meta.spec)
        if K.self == DeviceMeta.self { values.merge(services.measurements()) { $1 } }
        let order = meta.status.order
        let ordered = Set(order)
        // What nobody set comes last; of the rest the newest first.
        let keys = order.reversed().filter { values[$0] != nil } + values.keys.filter { !ordered.contains($0) }.sorted()
        return Response(body: UpstreamAPI.write(values, keys))
    }

    private static func write(_ values: [String: String], _ keys: [String]) -> [UInt8] {
        var text = JSONText(capacity: keys.count * 64)
        text.raw("{")
        var isFirst = true
        for key in keys {
            guard let value = values[key], !value.isEmpty else { continue }
            if !isFirst { text.raw(",") }
            isFirst = false
            text.string(key)
            text.raw(":")
            if value.isJSONDocument { text.raw(Array(value.utf8)) } else { text.string(value) }
        }
        text.raw("}")
        return text.bytes
    }

    /// Sets a key: answered when the storage has it, and as if it had not been asked when that cannot be.
    func setMeta<K: MetaKind>(_ kind: K.Type, _ key: String, _ request: Request) -> Reply {
        let failure = "Cannot add or update \(K.phrase)"
        guard !request.body.isEmpty else { return .now(UpstreamText.error(.badRequest, failure)) }
        guard let value = String(validating: request.body, as: UTF8.self) else {
            return .now(UpstreamText.error(.badRequest, "\(failure): the value is not UTF-8"))
        }
        if let problem = MetaSpec.problem(ofKey: key) ?? MetaSpec.problem(ofValue: value) {
            return .now(UpstreamText.error(.badRequest, "\(failure): \(problem)"))
        }
        let data = store.snapshot().get(K.self, K.selfName)?.spec.data ?? [:]
        guard data[key] != nil || data.count < MetaSpec.mostKeys else {
            return .now(
                UpstreamText.error(.conflict, "\(failure): there are \(MetaSpec.mostKeys) keys already; delete some"))
        }
        return .later { await save(kind, value, for: key) ?? UpstreamText.error(.internalError, failure) }
    }

    func deleteMeta<K: MetaKind>(_ kind: K.Type, _ key: String) -> Reply {
        guard store.snapshot().get(K.self, K.selfName)?.spec.data[key] != nil else {
            return .now(UpstreamText.error(.notFound, "\(K.capitalizedPhrase) does not exist"))
        }
        return .later {
            await save(kind, nil, for: key)
                ?? UpstreamText.error(.internalError, "\(K.capitalizedPhrase) cannot be removed")
        }
    }

    /// Nil when the storage did not take it.
    private func save<K: MetaKind>(_ kind: K.Type, _ value: String?, for key: String) async -> Response? {
        do throws(StoreError) {
            let before = store.snapshot().get(K.self, K.selfName)?.spec.data[key]
            try store.modify(K.self, K.selfName, part: .main) { $0.spec.data[key] = value }
            let isSaved = await store.wait(Self.savingLimit, on: [K.descriptor.name], pause: services.pause) {
                snapshot in
                guard let meta = snapshot.get(K.self, K.selfName) else { return false }
                // Somebody who came later is waited for by himself.
                return meta.spec.data[key] != value || meta.status.saved[key] == value || meta.hasFailed
            }
            let now = store.snapshot().get(K.self, K.selfName)
            if isSaved, now?.spec.data[key] != value || now?.status.saved[key] == value { return UpstreamText.success }
            let why = now?.status.conditions[Condition.progressing]?.message ?? ""
            log.warning("metadata is not kept", metadata: ["key": "\(key)", "why": "\(why)"])
            try store.modify(K.self, K.selfName, part: .main) { meta in
                if meta.spec.data[key] == value { meta.spec.data[key] = before }
            }
            return now?.isStorageFull ?? false ? UpstreamText.noSpace : nil
        } catch {
            return nil
        }
    }
}

extension Resource where K: MetaKind {
    fileprivate var hasFailed: Bool { status.conditions[Condition.progressing]?.status == .no }
    fileprivate var isStorageFull: Bool {
        hasFailed && status.conditions[Condition.progressing]?.message.holds("No space left") ?? false
    }
}

extension MetaKind {
    /// As upstream's errors call it.
    fileprivate static var phrase: String { self == UserMeta.self ? "user meta" : "device meta" }
    fileprivate static var capitalizedPhrase: String { self == UserMeta.self ? "User meta" : "Device meta" }
}

extension String {
    /// Whether it is a whole JSON object or array, which is shown as one and not as a text.
    fileprivate var isJSONDocument: Bool {
        guard let first = utf8.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return false }
        // What does not parse is a text.
        return (try? JSONValue(parsing: Array(utf8))) != nil
    }
}
