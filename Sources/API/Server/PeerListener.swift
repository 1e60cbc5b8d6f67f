package import SecureTransport

/// Where peers may connect with TLS, and which of them may manage the device.
package struct PeerListener: Sendable, Equatable {
    package var address: String
    /// 0 = any free one.
    package var port: Int
    package var files: TLSFiles
    /// Common names of certificates; every other peer is told that it may not.
    package var managers: Set<String>

    package init(address: String, port: Int, files: TLSFiles, managers: Set<String>) {
        self.address = address
        self.port = port
        self.files = files
        self.managers = managers
    }
}
