import Glibc
import Model

/// A parsed command line, with everything a command needs to run.
struct Invocation: Sendable {
    let command: Command
    var options: [String: [String]]
    var arguments: [String]
    /// What came after `--`.
    var trailing: [String]
    var context: Context

    func has(_ option: String) -> Bool { options[option] != nil }
    func value(_ option: String) -> String? { options[option]?.last }

    var console: Console { context.console }

    func usageError(_ text: String) -> CommandError { .usage(text, command: command.name) }
}

/// The world around a command.
struct Context: Sendable {
    var console: Console
    var environment: Environment
    /// The pause before a connection is tried again; zero in tests.
    var retryPause: Duration = .milliseconds(500)
    /// The wall clock, for ages.
    var now: @Sendable () -> Timestamp = { Timestamp(seconds: Int64(time(nil))) }
}
