/// How much room logs may take, and which go when it is used up.
///
/// As upstream reckons: a file is rotated at `total / hysteresis / rotate`; at 95 % of the total the oldest go, until a
/// `hysteresis`th of it is free again.
package struct LogQuota: Sendable, Hashable {
    package let total: Int
    package let fileLimit: Int
    private let highMark: Int
    private let lowMark: Int

    package init(total: Int, rotateFactor: Int, hysteresisFactor: Int) {
        let gap = total / max(hysteresisFactor, 1)
        self.total = total
        fileLimit = max(gap / max(rotateFactor, 1), 4096)
        highMark = total / 100 * 95
        lowMark = total - gap
    }

    /// One file below the log directory.
    package struct File: Sendable, Hashable {
        /// Relative to the log directory.
        package var path: String
        /// The container, in whichever revision.
        package var platform: String
        package var size: Int
        /// Seconds; to tell old from new.
        package var modified: Int64
        /// Whether nobody writes to it any more: rotated, or of a revision that does not run.
        package var isClosed: Bool

        package init(path: String, platform: String, size: Int, modified: Int64, isClosed: Bool) {
            self.path = path
            self.platform = platform
            self.size = size
            self.modified = modified
            self.isClosed = isClosed
        }
    }

    package enum Step: Sendable, Hashable {
        case remove(String)
        /// Begin the file anew, without keeping what was in it.
        case empty(String)
    }

    /// What to do to get below the low mark; nothing below the high one.
    ///
    /// Whoever takes most room gives way first, so that one that floods drives out its own past and nobody else's.
    package func trim(_ files: [File]) -> [Step] {
        var used = files.reduce(0) { $0 + $1.size }
        guard used > highMark else { return [] }
        var steps: [Step] = []
        var shares: [String: Int] = [:]
        for file in files { shares[file.platform, default: 0] += file.size }
        var closed = Dictionary(grouping: files.filter(\.isClosed), by: \.platform).mapValues { group in
            group.sorted { ($0.modified, $0.path) > ($1.modified, $1.path) }
        }
        var open = Dictionary(grouping: files.filter { !$0.isClosed && $0.size > 0 }, by: \.platform).mapValues {
            $0.sorted { $0.size < $1.size }
        }
        func largest(_ files: [String: [File]]) -> String? {
            files.filter { !$0.value.isEmpty }.keys.max { (shares[$0] ?? 0, $1) < (shares[$1] ?? 0, $0) }
        }
        while used > lowMark {
            let greediest = shares.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
            let file: File
            if let last = closed[greediest]?.popLast() {
                file = last
                steps.append(.remove(file.path))
            } else if let last = open[greediest]?.popLast() {
                file = last
                steps.append(.empty(file.path))
            } else if let other = largest(closed), let last = closed[other]?.popLast() {
                file = last
                steps.append(.remove(file.path))
            } else {
                break
            }
            used -= file.size
            shares[file.platform, default: 0] -= file.size
        }
        return steps
    }
}
