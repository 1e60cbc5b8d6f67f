/// Colours for words that say how things stand, on a terminal that wants them.
struct Paint: Sendable, Equatable {
    let isOn: Bool

    static let none = Paint(isOn: false)

    init(isOn: Bool) { self.isOn = isOn }
    init(_ console: Console) { isOn = console.screen?.hasColours ?? false }

    enum Colour: String { case green = "32", yellow = "33", red = "31", faint = "2", bold = "1", cyan = "36" }

    func callAsFunction(_ text: String, _ colour: Colour?) -> String {
        guard isOn, let colour, !text.isEmpty else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }

    func header(_ text: String) -> String { self(text, .bold) }

    /// A cell of a table; only words that are states are coloured, never names or messages.
    func cell(_ text: String, column: String) -> String {
        let names = ["NAME", "MESSAGE", "OBJECT", "CONTAINER", "GROUP", "ROLLOUT", "LINK"]
        guard isOn, !names.contains(column) else { return text }
        return self(text, Paint.colour(of: text))
    }

    func state(_ text: String) -> String { self(text, Paint.colour(of: text)) }

    private static func colour(of word: String) -> Colour? {
        switch word {
        case "READY", "STARTED", "MOUNTED", "ACHIEVED", "DONE", "UPDATED", "True", "true", "Ready", "Running": .green
        case "STARTING", "RECOVERING", "STOPPING", "BLOCKED", "UNACHIEVED", "INPROGRESS", "TESTING", "DOWNLOADING",
            "QUEUED", "Converging", "Booting", "Unknown", "Stopping", "INSTALLED":
            .yellow
        case "TIMEDOUT", "ERROR", "WONTGO", "Degraded", "Warning": .red
        case "STOPPED", "False", "false", "Stopped", "<none>": .faint
        case _: nil
        }
    }
}
