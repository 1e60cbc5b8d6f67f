/// Where messages go (PV_LOG_SERVER_OUTPUTS).
package struct LogOutputs: Sendable, Hashable {
    package enum Output: String, Sendable, CaseIterable {
        case filetree, singlefile, nullsink, stdout
        case stdoutContainers = "stdout.containers"
        case stdoutPantavisor = "stdout.pantavisor"
        /// The runtime writes its own log there, past the log server.
        case stdoutDirect = "stdout_direct"
    }

    private let all: Set<Output>

    package init(_ all: Set<Output> = [.filetree]) {
        self.all = all
    }

    /// A list with commas; nil when one of the names is none.
    package init?(text: String) {
        var all: Set<Output> = []
        for name in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            guard let output = Output(rawValue: String(name)) else { return nil }
            all.insert(output)
        }
        self.init(all)
    }

    package static var allNames: String { Output.allCases.map(\.rawValue).joined(separator: ", ") }

    package var hasTree: Bool { all.contains(.filetree) }
    package var hasSingleFile: Bool { all.contains(.singlefile) }
    package var isDirect: Bool { all.contains(.stdoutDirect) }

    /// Whether a platform's messages are printed.
    package func prints(_ platform: String) -> Bool {
        all.contains(.stdout)
            || all.contains(platform == LogMessage.ownPlatform ? .stdoutPantavisor : .stdoutContainers)
    }

    /// Whether what lies in the tree already is needed elsewhere, too.
    package var copies: Bool {
        !all.isDisjoint(with: [.singlefile, .stdout, .stdoutContainers, .stdoutPantavisor])
    }
}
