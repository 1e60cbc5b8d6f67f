package import Model
import Synchronization

/// A watch as an asynchronous sequence of batches, for users within the process.
///
/// None is empty.
///
/// It ends when the watch does; then the iterator's `end` says why. Cancelling the task cancels the watch.
package struct WatchBatches: AsyncSequence, Sendable {
    let watch: Watch
    let bell: Bell
    let batchLimit: Int

    package var end: WatchEnd? { watch.end }
    package var start: ResourceVersion { watch.start }

    package func makeAsyncIterator() -> Iterator { Iterator(watch: watch, bell: bell, batchLimit: batchLimit) }

    package struct Iterator: AsyncIteratorProtocol {
        let watch: Watch
        let bell: Bell
        let batchLimit: Int

        package mutating func next() async -> [WatchEvent]? { await next(isolation: nil) }

        package mutating func next(isolation: isolated (any Actor)?) async -> [WatchEvent]? {
            while true {
                // Asked before taking: what is queued before an end is still told.
                let isOver = watch.end != nil
                let events = watch.take(max: batchLimit)
                guard events.isEmpty else { return events }
                if isOver { return nil }
                await withTaskCancellationHandler {
                    await bell.wait(isolation: isolation)
                } onCancel: { [watch] in
                    watch.cancel()
                }
            }
        }
    }
}

extension ResourceStore {
    /// A watch to iterate over, by one task.
    package func changes(_ options: WatchOptions, batchLimit: Int = 256) throws(StoreError) -> WatchBatches {
        let bell = Bell()
        let watch = try watch(options) { bell.ring() }
        return WatchBatches(watch: watch, bell: bell, batchLimit: batchLimit)
    }
}

/// Wakes one waiting task; rung while nobody waits, it lets the next one pass.
final class Bell: Sendable {
    private enum State: Sendable {
        case quiet
        case rung
        case awaited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    func ring() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard case .awaited(let waiter) = state else {
                state = .rung
                return nil
            }
            state = .quiet
            return waiter
        }
        waiter?.resume()
    }

    func wait(isolation: isolated (any Actor)?) async {
        await withCheckedContinuation(isolation: isolation) { waiter in
            let isRung = state.withLock { state in
                guard case .rung = state else {
                    state = .awaited(waiter)
                    return false
                }
                state = .quiet
                return true
            }
            if isRung { waiter.resume() }
        }
    }
}
