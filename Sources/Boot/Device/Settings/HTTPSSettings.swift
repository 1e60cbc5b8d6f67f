import APIServer
import SecureTransport

/// What it takes to serve the API over TCP with TLS.
struct HTTPSSettings: Sendable, Equatable {
    /// PV_CTRL_HTTPS_ADDRESS.
    var address = "0.0.0.0"
    /// PV_CTRL_HTTPS_PORT; nil = off.
    var port: Int?
    /// PV_CTRL_HTTPS_CERT, PV_CTRL_HTTPS_KEY: the device's own.
    var certificate = ""
    var key = ""
    /// PV_CTRL_HTTPS_CA: who issues the certificates of peers.
    var authorities = ""
    /// PV_CTRL_HTTPS_SUBJECTS: common names of those that may manage the device.
    var subjects: [String] = []

    /// nil when it is off; throws when something is missing.
    func listener() throws(SettingError) -> PeerListener? {
        guard let port else { return nil }
        for (name, value) in [("cert", certificate), ("key", key), ("ca", authorities)] where value.isEmpty {
            throw SettingError(place: "--https-\(name)", reason: "is needed with --https-port")
        }
        let files = TLSFiles(certificate: certificate, key: key, authorities: authorities)
        return PeerListener(address: address, port: port, files: files, managers: Set(subjects))
    }
}

extension SettingKey {
    static let https: [SettingKey] = [
        SettingKey(
            key: "PV_CTRL_HTTPS_PORT", option: "--https-port", placeholder: "PORT", help: "serve the API with TLS"
        ) {
            guard let port = Int($1), (0...65_535).contains(port) else { return "a port from 0 to 65535" }
            $0.https.port = port
            return nil
        },
        SettingKey(
            key: "PV_CTRL_HTTPS_ADDRESS", option: "--https-address", placeholder: "ADDRESS", help: "there (0.0.0.0)"
        ) {
            $0.https.address = $1
            return $1.isEmpty ? "an address of this device" : nil
        },
        file("CERT", help: "its certificate, PEM") { $0.certificate = $1 },
        file("KEY", help: "its private key, PEM") { $0.key = $1 },
        file("CA", help: "who issues clients', PEM") { $0.authorities = $1 },
        SettingKey(
            key: "PV_CTRL_HTTPS_SUBJECTS", option: "--https-subjects", placeholder: "NAMES", help: "clients, by commas"
        ) {
            $0.https.subjects = $1.split(separator: ",").map(String.init)
            return $0.https.subjects.isEmpty ? "a list of common names" : nil
        },
    ]

    private static func file(
        _ name: String, help: String, _ set: @escaping @Sendable (inout HTTPSSettings, String) -> Void
    ) -> SettingKey {
        SettingKey(
            key: "PV_CTRL_HTTPS_\(name)", option: "--https-\(name.lowercased())", placeholder: "FILE", help: help
        ) {
            guard $1.hasPrefix("/") else { return "an absolute path" }
            set(&$0.https, $1)
            return nil
        }
    }
}
