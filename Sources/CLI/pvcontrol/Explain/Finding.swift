/// A step on the way to a cause: what is so, because of what, and, at the end, what to do.
struct Finding: Sendable, Equatable {
    let text: String
    var because: [Finding] = []
    /// What a person can do; only where nothing lies behind.
    var remedy: String?
    /// Nothing is wrong here.
    var isFine = false

    static func fine(_ text: String) -> Finding { Finding(text: text, isFine: true) }

    /// The ends of the path: the causes.
    var causes: [Finding] {
        because.isEmpty ? (isFine ? [] : [self]) : because.flatMap(\.causes)
    }

    /// The path as an indented tree, then each cause with its remedy.
    func lines(_ paint: Paint = .none) -> [String] {
        var lines = tree(prefix: "", paint)
        var known: [Finding] = []
        for cause in causes where !known.contains(cause) {
            known.append(cause)
            lines += ["", paint("Cause:  ", .bold) + cause.text]
            if let remedy = cause.remedy { lines.append(paint("Remedy: ", .bold) + remedy) }
        }
        return lines
    }

    private func tree(prefix: String, _ paint: Paint) -> [String] {
        var lines = [text]
        for (index, finding) in because.enumerated() {
            let isLast = index == because.count - 1
            let below = finding.tree(prefix: "", paint)
            lines.append(paint(isLast ? "└─ " : "├─ ", .faint) + (below.first ?? ""))
            lines += below.dropFirst().map { paint(isLast ? "   " : "│  ", .faint) + $0 }
        }
        return lines.map { prefix + $0 }
    }
}
