/// What comes with a file descriptor on `pv-fd-log`: platform and source of 50 bytes each, level, and whether to begin
/// or to end (`spec/runtime-behaviour.md` §12).
package struct DescriptorRequest: Sendable, Hashable {
    package static let length = 108

    package var source: String
    package var level: LogLevel
    /// Whether lines are to be read from the descriptor from now on; else no more from the one of this source.
    package var begins: Bool

    package init(source: String, level: LogLevel, begins: Bool) {
        self.source = source
        self.level = level
        self.begins = begins
    }

    /// The platform it names is not looked at: the kernel says who the sender is.
    package init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        let name = bytes.dropFirst(50).prefix(50).prefix { $0 != 0 }
        let (level, action) = (bytes.int32(at: 100), bytes.int32(at: 104))
        guard action == 0 || action == 1 else { return nil }
        self.init(
            source: SourceName.clean(name), level: LogLevel(rawValue: level) ?? .info, begins: action == 1)
    }
}
