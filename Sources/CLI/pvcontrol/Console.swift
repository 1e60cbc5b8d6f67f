import Glibc
import Synchronization

/// Where a command reads and writes: a terminal, pipes, or a test's buffers.
package struct Console: Sendable {
    /// What the output is, for colours and live tables; nil when it is a file or a pipe.
    package struct Screen: Sendable, Equatable {
        package var columns: Int
        package var rows: Int
        package var hasColours: Bool

        package init(columns: Int, rows: Int, hasColours: Bool) {
            self.columns = columns
            self.rows = rows
            self.hasColours = hasColours
        }
    }

    /// Writes all bytes; false when nobody reads them any more.
    package typealias Sink = @Sendable (_ bytes: [UInt8]) -> Bool

    package let screen: Screen?
    /// The descriptor of standard input.
    package let input: Int32
    private let output: Sink
    private let errors: Sink

    package init(screen: Screen?, input: Int32, output: @escaping Sink, errors: @escaping Sink) {
        self.screen = screen
        self.input = input
        self.output = output
        self.errors = errors
    }

    package static func standard(environment: Environment) -> Console {
        descriptors(input: 0, output: 1, errors: 2, environment: environment)
    }

    package static func descriptors(
        input: Int32, output: Int32, errors: Int32, environment: Environment
    ) -> Console {
        Console(
            screen: Screen(descriptor: output, environment: environment), input: input,
            output: { Console.write($0, to: output) }, errors: { Console.write($0, to: errors) })
    }

    /// The same console with its output in a file, which is created or emptied.
    func writing(to path: String) throws(CommandError) -> Console {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .failed("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        return Console(
            screen: nil, input: input, output: { Console.write($0, to: descriptor) }, errors: errors)
    }

    package func write(_ bytes: [UInt8]) throws(CommandError) {
        guard bytes.isEmpty || output(bytes) else { throw .outputClosed }
    }

    func print(_ text: String, terminator: String = "\n") throws(CommandError) {
        try write(Array((text + terminator).utf8))
    }

    /// For people, on standard error.
    ///
    /// Whether they still listen does not matter.
    package func complain(_ text: String, terminator: String = "\n") {
        _ = errors(Array((text + terminator).utf8))
    }

    func complain(bytes: [UInt8]) { _ = errors(bytes) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR && !(errno == EAGAIN && Console.waitUntilWritable(descriptor)) {
                return false
            }
        }
        return true
    }

    private static func waitUntilWritable(_ descriptor: Int32) -> Bool {
        var query = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&query, 1, -1) >= 0 || errno == EINTR
    }
}

extension Console.Screen {
    /// Asks the terminal behind a descriptor; nil when there is none.
    ///
    /// `NO_COLOR` and `TERM=dumb` turn colours off.
    package init?(descriptor: Int32, environment: Environment) {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        columns = isKnown ? Int(size.ws_col) : 80
        rows = isKnown && size.ws_row > 0 ? Int(size.ws_row) : 24
        hasColours = environment.nonEmpty("NO_COLOR") == nil && environment["TERM"] != "dumb"
    }
}

/// The variables a command may look at.
package struct Environment: Sendable, Equatable {
    private let variables: [String: String]?

    /// Exactly these; a test's.
    package init(_ variables: [String: String]) { self.variables = variables }

    private init() { variables = nil }

    /// The variables of this process.
    package static let process = Environment()

    package subscript(name: String) -> String? {
        if let variables { return variables[name] }
        return getenv(name).map { String(cString: $0) }
    }

    /// A variable that is set to something.
    func nonEmpty(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}
