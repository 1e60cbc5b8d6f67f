/// What this executable is.
enum BuildInfo {
    static let version = "0.1.0"

    static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #elseif arch(arm)
            "armv7l"
        #elseif arch(riscv64)
            "riscv64"
        #else
            "unknown"
        #endif
    }

    /// The text of `/buildinfo`.
    static var text: String {
        "pantavisor \(version) \(architecture) swift\nspec pantavisor-service-system@1\n"
    }
}
