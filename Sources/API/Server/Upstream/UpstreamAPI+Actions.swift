import JSON
import Model
import Store

/// What `pvcontrol containers start|stop|restart` and `pvcontrol signal` ask for.
extension UpstreamAPI {
    enum ContainerAction: String {
        case start, stop, restart
    }

    /// `PUT /containers/{name}`.
    ///
    /// Answered at once: the caller watches for the effect.
    func act(on name: String, _ request: Request) -> Reply {
        guard let container = store.snapshot().get(Container.self, name) else {
            return .now(UpstreamText.error(.notFound, "Container not found"))
        }
        guard container.spec.restartPolicy == .container else {
            return .now(
                UpstreamText.error(
                    .forbidden, "Container has restart_policy 'system' and cannot be controlled via API"))
        }
        guard !request.body.isEmpty else { return refuse("No data") }
        guard let body = document(of: request) else { return refuse("Invalid JSON") }
        guard let text = body["action"]?.string else { return refuse("Missing 'action' field") }
        guard let action = ContainerAction(rawValue: text) else {
            return refuse("Invalid action. Use 'start', 'stop', or 'restart'")
        }
        return .now(perform(action, on: container))
    }

    private func perform(_ action: ContainerAction, on container: Resource<Container>) -> Response {
        switch (action, container.status.phase) {
        case (.stop, _):
            return write(container.name) { $0.spec.run = .stopped }
        case (.start, .starting), (.start, .started), (.start, .ready):
            return write(container.name) { $0.spec.run = .running }
        case (.start, .installed), (.start, .mounted), (.start, .blocked):
            return UpstreamText.error(
                .badRequest, "Container must be in STOPPED, STOPPING, or RECOVERING state to start")
        case (.restart, .installed), (.restart, .mounted), (.restart, .blocked):
            return UpstreamText.error(.badRequest, "Container state does not allow restart")
        case (.start, .stopped), (.start, .stopping), (.start, .recovering), (.restart, _):
            return write(container.name) { container in
                container.spec.run = .running
                container.metadata.annotations[Container.restartedAtAnnotation] = mark(container)
            }
        }
    }

    /// A value the annotation does not have: the time, made unique within its second by the version.
    private func mark(_ container: Resource<Container>) -> String {
        let time = services.now().description
        let old = container.metadata.annotations[Container.restartedAtAnnotation] ?? ""
        return old.hasPrefix(time) ? "\(time)/\(container.metadata.resourceVersion)" : time
    }

    private func write(_ name: String, _ change: (inout Resource<Container>) -> Void) -> Response {
        do throws(StoreError) {
            try store.modify(Container.self, name, part: .main, change)
            return UpstreamText.success
        } catch {
            return UpstreamText.error(.notFound, "Container not found")
        }
    }

    private func refuse(_ text: String) -> Reply { .now(UpstreamText.error(.badRequest, text)) }
}
