import Model
import Store

/// `/drivers` (`spec/pv-ctrl-api.md` §3.7): the kernel modules that the calling container asks for.
extension UpstreamAPI {
    private static let loadingLimit = Duration.seconds(30)

    func drivers(of caller: Caller) -> Response {
        let mine = modules(of: caller)
        // Upstream's word for none.
        guard !mine.isEmpty else { return Response(text: "{}") }
        var text = JSONText()
        text.array(mine) { text, entry in
            text.raw("{\"name\":")
            text.string(entry.module.name)
            text.raw(",\"type\":")
            text.string(entry.need)
            text.raw(",\"status\":")
            text.string(entry.module.status.word)
            text.raw("}")
        }
        return Response(body: text.bytes)
    }

    private func modules(of caller: Caller) -> [(module: Resource<Module>, need: String)] {
        guard case .container(let name) = caller else { return [] }
        return store.snapshot().all(Module.self).sorted { $0.name < $1.name }.compactMap { module in
            module.spec.containers[name].map { (module, $0) }
        }
    }

    /// Answered when the kernel has them, or has them no more.
    ///
    /// - Parameter name: nil = all that the caller asks for. The host may name any.
    func load(_ name: String?, _ isWanted: Bool, for caller: Caller) -> Reply {
        var mine = modules(of: caller).map(\.module.name)
        if let name {
            if case .container = caller {
                mine.removeAll { $0 != name }
            } else {
                mine = store.snapshot().get(Module.self, name).map { [$0.name] } ?? []
            }
            guard !mine.isEmpty else { return .now(UpstreamText.error(.notFound, "Driver not found")) }
        }
        let names = mine
        do throws(StoreError) {
            for name in names { try store.modify(Module.self, name, part: .main) { $0.spec.load = isWanted } }
        } catch {
            return .now(UpstreamText.error(.notFound, "Driver not found"))
        }
        guard !names.isEmpty else { return .now(UpstreamText.success) }
        let failure = "Error \(isWanted ? "" : "un")loading driver\(name == nil ? "s" : "")"
        return .later {
            let isDecided = await store.wait(Self.loadingLimit, on: [Module.descriptor.name]) { snapshot in
                names.allSatisfy { snapshot.get(Module.self, $0)?.isSettled ?? true }
            }
            let snapshot = store.snapshot()
            let isDone = names.allSatisfy { snapshot.get(Module.self, $0)?.status.isLoaded == isWanted }
            return isDecided && isDone ? UpstreamText.success : UpstreamText.error(.badRequest, failure)
        }
    }
}

extension Resource<Module> {
    /// Whether the kernel is as wanted, or cannot be.
    fileprivate var isSettled: Bool {
        guard status.observedGeneration == metadata.generation else { return false }
        return status.isLoaded == spec.isWanted || status.conditions[Condition.progressing]?.status == .no
            || status.conditions["Loaded"]?.reason == "Failed"
    }
}
