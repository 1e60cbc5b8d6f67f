package import APIClient

/// Why a command could not do its work.
///
/// Each has its exit code.
package enum CommandError: Error, Sendable, Equatable {
    /// The command line is wrong; says how, and how to get help.
    case usage(String, command: String?)
    case connection(ClientError)
    /// The server refused; its message, and its reason word when it gave one.
    case server(message: String, reason: String?, code: Int)
    /// Something was not found, not reached, or not in time. The text is for people.
    case failed(String)
    /// Whoever read the output is gone.
    case outputClosed
    /// Everything was said already.
    case silent(code: Int32)

    var exitCode: Int32 {
        switch self {
        case .usage: 2
        case .connection, .server, .failed: 1
        // What the shell reports for a program that SIGPIPE ended.
        case .outputClosed: 141
        case .silent(let code): code
        }
    }

    /// What to print on standard error; nil for nothing.
    var text: String? {
        switch self {
        case .usage(let text, let command):
            "ERROR: \(text)\nSee 'pvcontrol help\(command.map { " " + $0 } ?? "")'."
        case .connection(let error): "ERROR: \(error)"
        case .server(let message, let reason, _): "ERROR: \(message)\(reason.map { " (\($0))" } ?? "")"
        case .failed(let text): "ERROR: \(text)"
        case .outputClosed, .silent: nil
        }
    }

    /// Whether the same may work a moment later, because the server is starting.
    var mayComeBack: Bool {
        switch self {
        case .connection(let error): error.mayComeBack
        case .usage, .server, .failed, .outputClosed, .silent: false
        }
    }

    /// The same, with something more to say.
    func adding(_ text: String) -> CommandError {
        switch self {
        case .usage(let before, let command): .usage("\(before); \(text)", command: command)
        case .connection(let error): .failed("\(error); \(text)")
        case .server(let message, let reason, let code):
            .server(message: "\(message); \(text)", reason: reason, code: code)
        case .failed(let before): .failed("\(before); \(text)")
        case .outputClosed, .silent: self
        }
    }

    init(_ error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as ClientError: self = .connection(error)
        case let error: self = .failed("\(error)")
        }
    }
}
