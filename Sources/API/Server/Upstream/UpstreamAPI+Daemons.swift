import JSON
import Model
import Store

/// `/daemons` and `/wakelocks` (`spec/pv-ctrl-api.md` §3.9, §3.10).
extension UpstreamAPI {
    func daemons() -> Response {
        var text = JSONText()
        text.array(store.snapshot().all(Daemon.self).sorted { $0.name < $1.name }) { text, daemon in
            text.raw("{\"name\":")
            text.string(daemon.name)
            text.raw(",\"pid\":")
            // -1 is upstream's for one that is not started again.
            text.integer(daemon.status.pid ?? (daemon.spec.run == .stopped ? -1 : 0))
            text.raw(",\"respawn\":")
            if daemon.spec.run == .running { text.raw("true") } else { text.raw("false") }
            text.raw("}")
        }
        return Response(body: text.bytes)
    }

    func act(onDaemon name: String, _ request: Request) -> Reply {
        guard store.snapshot().get(Daemon.self, name) != nil else {
            return .now(UpstreamText.error(.notFound, "Daemon not found"))
        }
        guard !request.body.isEmpty else { return .now(UpstreamText.error(.badRequest, "No data")) }
        guard let body = document(of: request) else { return .now(UpstreamText.error(.badRequest, "Invalid JSON")) }
        let run: RunState
        switch body["action"]?.string {
        case "start": run = .running
        case "stop": run = .stopped
        case _: return .now(UpstreamText.error(.badRequest, "Invalid action. Use 'start' or 'stop'"))
        }
        do throws(StoreError) {
            try store.modify(Daemon.self, name, part: .main) { $0.spec.run = run }
            return .now(UpstreamText.success)
        } catch {
            return .now(UpstreamText.error(.notFound, "Daemon not found"))
        }
    }

    /// Nothing here keeps the machine from sleeping, nor sends it to sleep.
    static let wakeLocks: Response = {
        var text = JSONText()
        text.raw("{\"mode\":\"disabled\",\"count\":0,\"degraded\":false,\"autosleep\":false,\"settling\":false,")
        text.raw("\"polling\":false,\"run_window\":false,\"held\":{\"boot\":false,\"update\":false,")
        text.raw("\"update_check\":false,\"devmeta\":false,\"usrmeta\":false,\"shutdown\":false,")
        text.raw("\"debug_shell\":false,\"poll\":false}}")
        return Response(body: text.bytes)
    }()
}
