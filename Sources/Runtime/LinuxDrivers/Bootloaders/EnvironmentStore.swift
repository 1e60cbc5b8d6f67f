import Drivers

/// Where a loader keeps its variables.
protocol EnvironmentStore: Sendable {
    /// Damaged content is an error.
    func load() throws(DriverError) -> BootVariables
    /// In one durable write, read back.
    func save(_ variables: BootVariables) throws(DriverError)
    /// Whether damaged content may be replaced: nothing in it matters to the loader but what is written anew.
    var isReplaceable: Bool { get }
}

/// A file in the form of `UBootText`.
struct UBootTextStore: EnvironmentStore {
    private let file: LoaderFile
    private let format: UBootText
    private let trying: (any Flash)?

    /// - Parameters:
    ///   - size: of the file.
    ///   - window: what the loader and upstream's runtime look at.
    ///   - trying: where the loader writes down what it tries, when that is in flash.
    init(_ path: String, size: Int, window: Int, medium: any BootMedium, trying: (any Flash)? = nil) {
        file = LoaderFile(path, size: size, medium: medium) { Array(repeating: 0, count: $0) }
        format = UBootText(window: window)
        self.trying = trying
    }

    let isReplaceable = true

    func load() throws(DriverError) -> BootVariables {
        guard let bytes = try file.read() else { return BootVariables() }
        guard let variables = format.variables(of: bytes) else { throw .damagedEnvironment(file.path) }
        return variables
    }

    func save(_ variables: BootVariables) throws(DriverError) {
        guard let list = format.bytes(of: variables) else { throw .fullEnvironment(file.path, format.window) }
        // What is asked for now was not tried yet.
        if let trying, try trying.read(at: 0, count: trying.eraseSize).contains(where: { $0 != 0xFF }) {
            try trying.erase(at: 0)
        }
        try file.write(list + Array(repeating: 0, count: try file.fullSize() - list.count))
    }
}

/// GRUB's environment block, and another one beside it in which GRUB writes down what it tries.
///
/// It has to be there before: GRUB overwrites the blocks of a file and cannot make one.
struct GrubStore: EnvironmentStore {
    private let file: LoaderFile
    private let trying: LoaderFile

    init(_ path: String, medium: any BootMedium) {
        file = LoaderFile(path, size: GrubEnvironment.size, medium: medium, empty: Self.empty)
        trying = LoaderFile(path + ".trying", size: GrubEnvironment.size, medium: medium, empty: Self.empty)
    }

    private static func empty(_ size: Int) -> [UInt8] {
        GrubEnvironment.header + Array(repeating: GrubEnvironment.padding, count: size - GrubEnvironment.header.count)
    }

    let isReplaceable = true

    func load() throws(DriverError) -> BootVariables {
        // A file that is still being made has no variables yet.
        guard let bytes = try file.read(), bytes.count >= GrubEnvironment.size else { return BootVariables() }
        guard let variables = GrubEnvironment.variables(of: bytes) else { throw .damagedEnvironment(file.path) }
        return variables
    }

    func save(_ variables: BootVariables) throws(DriverError) {
        let size = try file.fullSize()
        guard let block = GrubEnvironment.bytes(of: variables, size: size) else {
            throw .fullEnvironment(file.path, size)
        }
        // What is asked for now was not tried yet.
        try trying.write(Self.empty(try trying.fullSize()))
        try file.write(block)
    }
}

extension DriverError {
    static func damagedEnvironment(_ path: String) -> DriverError {
        DriverError(
            "ReadBootEnvironment", path,
            "it is damaged, and a loader may boot the factory revision; committing a revision writes it anew")
    }

    static func fullEnvironment(_ path: String, _ size: Int) -> DriverError {
        DriverError(
            "WriteBootEnvironment", path, errno: 28,
            "the variables do not fit into \(size) bytes; remove some that are not Pantavisor's")
    }
}
