import Drivers
import Model
import Synchronization

extension FakeWorld {
    /// The revision that the loader started.
    package var booted: String { state.withLock { $0.boot.booted ?? $0.boot.state.revision } }
    /// Whether there is no power.
    package var isOff: Bool { state.withLock { $0.isOff } }

    /// The kernel of a revision panics whenever it is started.
    package func breakKernel(of revision: String) { state.withLock { _ = $0.boot.panicking.insert(revision) } }

    /// The power goes: what was written durably stays, everything else is lost.
    package func cutPower() {
        state.withLock { $0.isOff = true }
        kill()
    }

    /// The power comes, or the device starts again as it was asked to.
    package func restart() {
        let argument = state.withLock { state in
            defer {
                state.isOff = false
                state.ended = nil
            }
            state.runtime += 1
            state.containers = [:]
            state.unreported = [:]
            state.mounts = [:]
            state.journal = [:]
            state.modules = [:]
            state.shownMeta = [:]
            return state.isOff ? nil : state.ended?.argument
        }
        guard boots(argument) || boots(nil) || boots(nil) else { return violate("nothing boots any more") }
    }

    /// Whether what the loader chooses comes up; a kernel that panics starts the machine again.
    private func boots(_ argument: String?) -> Bool {
        let chosen = state.withLock { state in
            let bootless = state.files.keys.filter { $0.hasSuffix("/.pvr/json") }
                .map { String($0.dropFirst(layout.trails.count + 1).dropLast("/.pvr/json".count)) }
                .filter { state.files["\(layout.trail($0))/bsp/run.json"] == nil }
            return state.boot.boot(argument, bootless: Set(bootless))
        }
        tell("the loader boots \(chosen ?? "nothing")")
        guard let chosen else { return false }
        return state.withLock { !$0.boot.panicking.contains(chosen) || $0.boot.state.revision == chosen }
    }
}

extension FakeWorld {
    /// Whether the running revision, or one that the loader may start, is this one.
    func isNeeded(_ revision: String) -> Bool {
        state.withLock { state in
            let running = state.containers.values.map(\.launch.revision)
            return running.contains(revision)
                || [state.boot.state.revision, state.boot.state.tryRevision, state.boot.booted].contains(revision)
        }
    }

    /// Whether such a revision names an object.
    func isObjectNeeded(_ object: String) -> Bool {
        let states = state.withLock { state in
            [state.boot.state.revision, state.boot.state.tryRevision, state.boot.booted]
                .compactMap { $0.flatMap { state.files[layout.stateFile($0)] } }
        }
        return states.contains { $0.holds(object.utf8) }
    }
}

extension [UInt8] {
    fileprivate func holds(_ text: String.UTF8View) -> Bool {
        let text = Array(text)
        guard count >= text.count else { return false }
        return indices.dropLast(text.count - 1).contains { self[$0..<($0 + text.count)].elementsEqual(text) }
    }
}
