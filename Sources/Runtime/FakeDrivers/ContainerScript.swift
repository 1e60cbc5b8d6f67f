import Model

/// How a container of the fake world behaves once it is started.
package struct ContainerScript: Sendable, Hashable {
    /// One run of it.
    package struct Run: Sendable, Hashable {
        /// Why it does not start at all; nil = it starts.
        package var refusal: String?
        /// Exits by itself; nil = runs until it is stopped.
        package var exit: Exit?
        /// Signals that it is ready; nil = never.
        package var readyAfter: Duration?

        package init(refusal: String? = nil, exit: Exit? = nil, readyAfter: Duration? = nil) {
            self.refusal = refusal
            self.exit = exit
            self.readyAfter = readyAfter
        }
    }

    package struct Exit: Sendable, Hashable {
        package var after: Duration
        package var code: Int

        package init(after: Duration, code: Int) {
            self.after = after
            self.code = code
        }
    }

    /// The runs in order; the last one repeats.
    package var runs: [Run]
    /// How long it takes to halt when it is asked to; nil = it does not listen and must be killed.
    package var haltsAfter: Duration?

    package init(runs: [Run] = [Run()], haltsAfter: Duration? = .milliseconds(20)) {
        self.runs = runs
        self.haltsAfter = haltsAfter
    }

    func run(_ number: Int) -> Run { runs.isEmpty ? Run() : runs[min(number, runs.count - 1)] }

    /// Starts, stays, and signals that it is ready.
    package static let ready = ContainerScript(runs: [Run(readyAfter: .milliseconds(300))])
    /// Does not listen when it is asked to halt.
    package static let stubborn = ContainerScript(haltsAfter: nil)
    /// Ends by itself, every time.
    package static func exits(_ code: Int, after: Duration) -> ContainerScript {
        ContainerScript(runs: [Run(exit: Exit(after: after, code: code))])
    }
    /// Ends by itself so many times, then stays.
    package static func crashes(times: Int, after: Duration = .milliseconds(200), code: Int = 1) -> ContainerScript {
        let crash = Run(exit: Exit(after: after, code: code), readyAfter: nil)
        return ContainerScript(
            runs: Array(repeating: crash, count: times) + [Run(readyAfter: .milliseconds(300))])
    }
    /// Never starts.
    package static func refuses(_ reason: String) -> ContainerScript {
        ContainerScript(runs: [Run(refusal: reason)])
    }
}
