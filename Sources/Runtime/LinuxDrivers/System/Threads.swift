import CShims
package import Drivers
import Glibc

/// Threads for calls that block: file systems, mounts.
///
/// The cooperative pool has one thread per core and must never wait in the kernel. Threads are made when they are
/// needed and stay asleep afterwards.
package final class Threads: Sendable {
    private struct State {
        var queue: [@Sendable () -> Void] = []
        var idle = 0
        var running = 0
    }

    private let limit: Int
    private let monitor = Monitor<State>(State())

    package init(limit: Int = 4) {
        self.limit = limit
    }

    /// Runs blocking work and gives its result.
    package func run<Result: Sendable>(
        _ work: @escaping @Sendable () throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        let outcome: Swift.Result<Result, DriverError> = await withCheckedContinuation { continuation in
            submit {
                do throws(DriverError) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try outcome.get()
    }

    /// Runs blocking work some time soon.
    func submit(_ work: @escaping @Sendable () -> Void) {
        let mustGrow = monitor.withLock { state in
            state.queue.append(work)
            guard state.idle < state.queue.count, state.running < limit else { return false }
            state.running += 1
            return true
        }
        guard mustGrow else { return monitor.signal() }
        do throws(DriverError) {
            try Threads.detach("pv-blocking") { self.serve() }
        } catch {
            // No memory for a thread: others will do the work; without any, it has to be done here.
            let last = monitor.withLock { state in
                state.running -= 1
                return state.running == 0 ? state.queue.popLast() : nil
            }
            last?()
        }
    }

    private func serve() {
        while true {
            let work = monitor.wait { state -> (@Sendable () -> Void)? in
                state.queue.isEmpty ? nil : state.queue.removeFirst()
            } whileWaiting: { state, isWaiting in
                state.idle += isWaiting ? 1 : -1
            }
            work()
        }
    }

    /// Starts a thread of its own with all signals blocked, so that only the main thread handles them.
    static func detach(_ name: String, _ body: @escaping @Sendable () -> Void) throws(DriverError) {
        let box = Unmanaged.passRetained(Body(body))
        let result = pv_start_thread(
            name,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw DriverError("StartThread", name, errno: result, String(cString: strerror(result)))
        }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
