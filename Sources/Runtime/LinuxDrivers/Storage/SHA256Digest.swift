import CCrypto
import Drivers
import Glibc

/// The SHA-256 of bytes that come piece by piece, by OpenSSL, which knows this processor's instructions for it.
struct SHA256Digest: ~Copyable {
    private let context: OpaquePointer

    private init(_ context: OpaquePointer) {
        self.context = context
    }

    static func begin() throws(DriverError) -> SHA256Digest {
        guard let context = EVP_MD_CTX_new() else { throw failure }
        let digest = SHA256Digest(context)
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { throw failure }
        return digest
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    func update(_ bytes: UnsafeRawBufferPointer) throws(DriverError) {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else { throw SHA256Digest.failure }
    }

    /// Lower-case hex.
    ///
    /// Nothing can be added after it.
    func finish() throws(DriverError) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        guard EVP_DigestFinal_ex(context, &bytes, &count) == 1, count == 32 else { throw SHA256Digest.failure }
        return hexadecimal(bytes)
    }

    private static var failure: DriverError { DriverError("Hash", "SHA-256", "OpenSSL refuses to hash") }

    /// The digest of a whole file.
    static func ofFile(_ path: String) throws(DriverError) -> String {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw .ofSystem("Hash", path) }
        defer { close(file) }
        posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL)
        let digest = try begin()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = read(file, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .ofSystem("Hash", path) }
            if count == 0 { return try digest.finish() }
            try digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}

/// Bytes as lower-case hex.
func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
