/// How a check of a filesystem ended (e2fsck(8), EXIT CODE).
enum FilesystemCheck: Equatable, CustomStringConvertible {
    case clean
    case mended
    /// What it mended only a reboot makes safe to use.
    case mendedNeedsReboot
    /// There is damage that was not mended.
    case damaged
    case couldNotRun(String)

    /// - Parameter outcome: the exit code, or the signal negated.
    init(outcome: Int) {
        self =
            switch outcome {
            case 0: .clean
            case 1: .mended
            case 2, 3: .mendedNeedsReboot
            case 4...7: .damaged
            case ..<0: .couldNotRun("was killed by signal \(-outcome)")
            case _ where outcome & 128 != 0: .couldNotRun("lacks a library")
            case _ where outcome & 32 != 0: .couldNotRun("was cancelled")
            case _ where outcome & 16 != 0: .couldNotRun("does not know its options")
            default: .couldNotRun("failed with code \(outcome); it says why above")
            }
    }

    var isUsable: Bool {
        switch self {
        case .clean, .mended: true
        case .mendedNeedsReboot, .damaged, .couldNotRun: false
        }
    }

    var description: String {
        switch self {
        case .clean: "is clean"
        case .mended: "was damaged and is mended"
        case .mendedNeedsReboot: "was damaged and is mended, which needs a reboot"
        case .damaged: "is damaged beyond what can be mended"
        case .couldNotRun(let why): "cannot be checked: e2fsck \(why)"
        }
    }
}
