import Model
import Store

/// `/steps` and what is below (`spec/pv-ctrl-api.md` §3.3, §3.6).
extension UpstreamAPI {
    /// Longer progress files are shown as `{}`.
    private static let progressLimit = 512

    func steps() async -> Response {
        do {
            let all = try await services.steps.steps().sorted(by: UpstreamAPI.precedes)
            var text = JSONText(capacity: 2 + all.count * 200)
            text.array(all) { UpstreamAPI.write($1, into: &$0) }
            return Response(body: text.bytes)
        } catch {
            return UpstreamText.error(.internalError, "couldn't get device steps")
        }
    }

    func state(of name: String) async -> Response {
        guard let revision = resolve(name) else { return UpstreamText.noResource }
        do {
            guard let bytes = try await services.steps.state(of: revision) else { return UpstreamText.noResource }
            return Response(body: bytes)
        } catch {
            return UpstreamText.error(.internalError, "Cannot send data")
        }
    }

    func progress(of name: String) async -> Response {
        guard let revision = resolve(name) else { return UpstreamText.noResource }
        do {
            guard let bytes = try await services.steps.progress(of: revision) else { return UpstreamText.noResource }
            return Response(body: bytes)
        } catch {
            return UpstreamText.error(.internalError, "Cannot send data")
        }
    }

    /// The real name of a revision; nil for names that could lead out of the trails.
    ///
    /// `current` is what runs.
    private func resolve(_ name: String) -> String? {
        if name == "current" {
            return store.snapshot().get(Device.self, Device.selfName)?.status.currentRevision
        }
        return Revision.isName(name) ? name : nil
    }

    /// Plain names bytewise, then local ones.
    private static func precedes(_ left: Step, _ right: Step) -> Bool {
        let (isLeftLocal, isRightLocal) = (left.name.hasPrefix("locals/"), right.name.hasPrefix("locals/"))
        if isLeftLocal != isRightLocal { return isRightLocal }
        return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }

    /// The only document of upstream with spaces after its commas.
    private static func write(_ step: Step, into text: inout JSONText) {
        text.raw("{\"name\":")
        text.string(step.name)
        text.raw(", \"date\":")
        text.string(step.date.description)
        text.raw(", \"commitmsg\":")
        text.string(step.commitMessage ?? "")
        text.raw(", \"progress\":")
        if let progress = step.progress, !progress.isEmpty, progress.count <= progressLimit {
            text.raw(progress)
        } else {
            text.raw("{}")
        }
        text.raw("}")
    }
}
