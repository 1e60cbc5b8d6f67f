import JSON
import Model
import Store

/// `POST /signal`: a container says of itself that it is ready.
extension UpstreamAPI {
    private static let unexpected = UpstreamText.error(.internalError, "Signal not expected from this platform")
    private static let notKept = UpstreamText.error(
        .unavailable, "The signal could not be kept yet; send it again")
    private static let limit = Duration.seconds(5)

    /// Answered when the journal has it, so that a signal that was answered is never forgotten: not by the death of the
    /// runtime either.
    func signal(_ request: Request) -> Reply {
        guard let type = signalType(request.body) else {
            return .now(UpstreamText.error(.badRequest, "Signal has bad format"))
        }
        guard case .container(let name) = request.head.caller else { return .now(Self.unexpected) }
        guard isLoaded else { return .now(UpstreamText.notLoaded) }
        guard type == "ready", let container = store.snapshot().get(Container.self, name),
            container.spec.statusGoal == .ready
        else { return .now(Self.unexpected) }
        do throws(StoreError) {
            let told = try store.modify(Container.self, name, part: .status) { $0.status.isSignalledReady = true }
            if told.status.hasKeptSignal { return .now(UpstreamText.success) }
            let before = told.status.exits
            return .later { await keeping(name, exits: before) }
        } catch {
            return .now(UpstreamText.error(.internalError, "Internal error"))
        }
    }

    private func signalType(_ body: [UInt8]) -> String? {
        do throws(ManifestError) {
            return try JSONValue(parsing: body)["type"]?.string
        } catch {
            return nil
        }
    }

    /// Waits until the journal holds the signal of this run; the store tells.
    ///
    /// - Parameter exits: so many runs had ended when it was given.
    private func keeping(_ name: String, exits: Int) async -> Response {
        let (store, pause) = (store, services.pause)
        return await withTaskGroup(of: Response.self) { group in
            group.addTask {
                do throws(StoreError) {
                    let options = WatchOptions(
                        kinds: [Container.descriptor.name], from: .initialEvents, matches: { $0.name == name },
                        limit: 65_536)
                    for await _ in try store.changes(options) {
                        guard let status = store.snapshot().get(Container.self, name)?.status, status.exits == exits
                        else { return Self.notKept }
                        if status.hasKeptSignal { return UpstreamText.success }
                    }
                } catch {
                    // A store that cannot be watched keeps nothing.
                }
                return Self.notKept
            }
            group.addTask {
                // Cancelled as soon as the signal is kept.
                try? await pause(Self.limit)
                return Self.notKept
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? Self.notKept
        }
    }
}
