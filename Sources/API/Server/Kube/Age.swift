import Model

/// How long ago, as kubectl writes it: `45s`, `5m10s`, `3h12m`, `2d4h`, `12d`, `1y40d`.
enum Age {
    static func text(of time: Timestamp, at now: Timestamp) -> String {
        guard time.seconds > 0 else { return "<unknown>" }
        return text(seconds: now.seconds - time.seconds)
    }

    static func text(seconds: Int64) -> String {
        // A clock that was stepped back must not look like an error.
        let seconds = max(0, seconds)
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
        return switch seconds {
        case ..<120: "\(seconds)s"
        case ..<600: pair(minutes, "m", seconds % 60, "s")
        case ..<10_800: "\(minutes)m"
        case ..<28_800: pair(hours, "h", minutes % 60, "m")
        case ..<172_800: "\(hours)h"
        case ..<691_200: pair(days, "d", hours % 24, "h")
        case ..<63_072_000: "\(days)d"
        case ..<252_288_000: pair(days / 365, "y", days % 365, "d")
        default: "\(days / 365)y"
        }
    }

    private static func pair(_ big: Int64, _ bigUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(big)\(bigUnit)" : "\(big)\(bigUnit)\(small)\(smallUnit)"
    }
}
