import JSON
import Model

extension Timestamp {
    /// How long ago it was, in the largest unit that still says something: `90s`, `12m`, `30h`, `9d`.
    func age(at now: Timestamp) -> String {
        let seconds = max(0, now.seconds - self.seconds)
        return switch seconds {
        case ..<120: "\(seconds)s"
        case ..<7200: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3600)h"
        case _: "\(seconds / 86_400)d"
        }
    }
}

extension JSONValue {
    /// The age of a time in a document, or `<unknown>`.
    func age(at now: Timestamp) -> String {
        string.flatMap { Timestamp($0) }?.age(at: now) ?? "<unknown>"
    }
}
