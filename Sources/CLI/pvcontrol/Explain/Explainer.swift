/// Says why a resource is not at its goal, by walking from it to what keeps it back.
///
/// Pure.
struct Explainer: Sendable {
    let evidence: Evidence
    /// What is being explained already; a circle ends there.
    private var path: [String] = []

    /// At most so many reasons beside each other; the rest is counted.
    private static let breadth = 5

    init(_ evidence: Evidence) {
        self.evidence = evidence
    }

    func explain(_ witness: Witness) -> Finding {
        guard !path.contains(witness.title) else {
            return Finding(
                text: "\(witness.title) waits for itself", remedy: "correct the revision: its groups wait in a circle")
        }
        var deeper = self
        deeper.path.append(witness.title)
        if let failure = deeper.failure(of: witness) { return failure }
        return switch witness.kind {
        case "Device": deeper.device(witness)
        case "Revision": deeper.revision(witness)
        case "Group": deeper.group(witness)
        case "Container": deeper.container(witness)
        case "Volume": deeper.volume(witness)
        case _: deeper.anything(witness)
        }
    }

    /// Each of several, and how many more there are.
    func explain(_ witnesses: [Witness]) -> [Finding] {
        let shown = witnesses.prefix(Explainer.breadth).map { explain($0) }
        let rest = witnesses.count - shown.count
        return shown + (rest > 0 ? [Finding.fine("and \(rest) more")] : [])
    }

    /// A driver that fails keeps everything else from mattering.
    private func failure(of witness: Witness) -> Finding? {
        guard let progress = witness.condition("Progressing"), progress.isFalse else { return nil }
        return Finding(
            text: "\(witness.title) is held up by a failure",
            because: [
                Finding(
                    text: "\(progress.reason) failed: \(progress.message)",
                    remedy: Remedy.forFailure(progress, of: witness))
            ])
    }

    /// Kinds without rules of their own: what their conditions say, then their owner.
    private func anything(_ witness: Witness) -> Finding {
        if witness.isBeingDeleted { return removal(witness) }
        let bad = witness.conditions.filter { $0.isFalse }
        guard !bad.isEmpty else {
            let phase = witness.phase.isEmpty ? "" : ": \(witness.phase)"
            return .fine("\(witness.title) has nothing that holds it up\(phase)")
        }
        return Finding(
            text: "\(witness.title) is not as it should be",
            because: bad.map {
                Finding(text: "\($0.type) is False: \($0.text)", remedy: "pvcontrol describe \(witness.title)")
            })
    }

    func removal(_ witness: Witness) -> Finding {
        Finding(
            text: "\(witness.title) is being removed",
            because: [
                Finding(
                    text: "it waits for \(witness.finalizers.joined(separator: ", "))",
                    remedy: "wait; 'pvcontrol events \(witness.title)' shows what is being done")
            ])
    }
}
