package import Model

/// The tool that talks to the control socket.
///
/// It holds no state and decides nothing.
package enum PVControl {
    /// Runs one command line (without the program's name) and returns its exit code.
    package static func main(
        _ arguments: [String], environment: Environment = .process, console: Console? = nil,
        retryPause: Duration = .milliseconds(500), now: (@Sendable () -> Timestamp)? = nil
    ) async -> Int32 {
        let console = console ?? .standard(environment: environment)
        var context = Context(console: console, environment: environment, retryPause: retryPause)
        if let now { context.now = now }
        do {
            return try await run(arguments, context)
        } catch {
            let error = CommandError(error)
            if let text = error.text { console.complain(text) }
            return error.exitCode
        }
    }

    private static func run(_ arguments: [String], _ context: Context) async throws -> Int32 {
        if arguments.first == CompletionScript.hook {
            return try await CompletionScript.complete(Array(arguments.dropFirst()), context)
        }
        switch try ArgumentParser(commands: CommandSet.all).parse(arguments) {
        case .version:
            try context.console.print("pvcontrol \(version)")
            return 0
        case .help(let words):
            try context.console.print(try Help.text(about: words), terminator: "")
            return 0
        case .run(let command, let options, let arguments, let trailing):
            var context = context
            if let path = options["output-file"]?.last { context.console = try context.console.writing(to: path) }
            return try await command.run(
                Invocation(
                    command: command, options: options, arguments: arguments, trailing: trailing, context: context))
        }
    }

    static let version = "0.1.0"
}
