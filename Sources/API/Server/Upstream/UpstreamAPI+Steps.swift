import JSON
import Logging
import Model
import Store

/// `/steps` and what is below (`spec/pv-ctrl-api.md` §3.3, §3.6, §6).
extension UpstreamAPI {
    /// Longer progress files are shown as `{}`.
    private static let progressLimit = 512
    private static let stateLimit = 16 << 20
    private static let nameLimit = 64

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

    /// Takes a state document; it becomes a revision when everything about it is right, and not before.
    func putStep(_ name: String, _ head: Request.Head, _ body: IncomingBody) async -> Response {
        // The words are upstream's (`spec/pv-ctrl-api.md` §6).
        guard Revision.isName(name), name.utf8.count - "locals/".utf8.count <= Self.nameLimit else {
            return UpstreamText.error(.badRequest, "Request has bas step name")
        }
        let missing = head.target.query["missingObjects"] ?? "Refuse"
        guard ["Refuse", "Allow"].contains(missing) else {
            return UpstreamText.error(.badRequest, "missingObjects must be Refuse or Allow")
        }
        do {
            guard let state = try await takeState(head, body) else {
                return UpstreamText.error(
                    .contentTooLarge, "State JSON is longer than \(Self.stateLimit) bytes; keep large data in objects")
            }
            try await keeper.put(.init(name: name, state: state, allowsMissing: missing == "Allow"))
            return UpstreamText.success
        } catch let refusal as RevisionKeeper.Refusal {
            return refusal.response(name)
        } catch is NoSpace {
            return UpstreamText.noSpace
        } catch {
            log.warning("a revision could not be taken", metadata: ["revision": "\(name)", "why": "\(error)"])
            return UpstreamText.error(.internalError, "Revision cannot be stored: \(error)")
        }
    }

    /// On the disk until it is whole: slow clients cost no memory.
    ///
    /// Nil when it is too long.
    private func takeState(_ head: Request.Head, _ body: IncomingBody) async throws -> [UInt8]? {
        guard head.bodySize ?? 0 <= Self.stateLimit else { return nil }
        let upload = try await services.revisions.receive(size: head.bodySize, reserved: reservedSpace)
        while let piece = try await body.next() {
            guard upload.size + Int64(piece.count) <= Self.stateLimit else { return nil }
            try await upload.write(piece)
        }
        return try await upload.content(limit: Self.stateLimit)
    }

    func putCommitMessage(of name: String, _ request: Request) -> Reply {
        guard let revision = resolve(name),
            store.snapshot().get(Revision.self, Revision.resourceName(of: revision)) != nil
        else { return .now(UpstreamText.noResource) }
        guard let message = String(validating: request.body, as: UTF8.self), !message.isEmpty else {
            return .now(UpstreamText.error(.badRequest, "No commit message"))
        }
        return .later {
            do {
                try await services.revisions.write(commitMessage: message, of: revision)
                try store.modify(Revision.self, Revision.resourceName(of: revision), part: .main) {
                    $0.spec.commitMessage = message
                }
                return UpstreamText.success
            } catch is NoSpace {
                return UpstreamText.noSpace
            } catch {
                return UpstreamText.error(.internalError, "Cannot write message")
            }
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

extension RevisionKeeper.Refusal {
    private static let shown = 20

    func response(_ revision: String) -> Response {
        switch self {
        case .invalid(let problems):
            UpstreamText.error(
                .unprocessable, "Parser: State JSON has bad format",
                details: problems.map { problem in
                    // Of the document that was sent, not of the resource made of it.
                    let place =
                        problem.path.hasPrefix("/spec/state") ? String(problem.path.dropFirst(11)) : problem.path
                    return ManifestError(path: place, reason: problem.reason).description
                })
        case .missingObjects(let names):
            UpstreamText.error(
                .unprocessable,
                "Storage: \(names.count) objects are missing; upload them first, or add ?missingObjects=Allow",
                details: names)
        case .inUse(let use):
            UpstreamText.error(
                .conflict, "Revision \(revision) has other content and cannot be changed: \(use); choose another name")
        case .busy: UpstreamText.tryAgain("Revision \(revision) is being written or removed. Try again", after: 1)
        }
    }
}
