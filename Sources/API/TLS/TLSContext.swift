import CSSL

/// Who may speak TLS with this device, and how it shows itself: certificates in PEM files.
package struct TLSFiles: Sendable, Equatable {
    /// The device's certificate, with what leads from it to its authority.
    package var certificate: String
    package var key: String
    /// Authorities whose certificates peers must have.
    package var authorities: String

    package init(certificate: String, key: String, authorities: String) {
        self.certificate = certificate
        self.key = key
        self.authorities = authorities
    }
}

package struct TLSFailure: Error, Equatable, CustomStringConvertible {
    package let description: String
}

/// The server's side of TLS, made once from its files.
package final class TLSContext {
    private let context: OpaquePointer

    package init(_ files: TLSFiles) throws(TLSFailure) {
        var message = [CChar](repeating: 0, count: 512)
        guard
            let context = pv_tls_context_make(
                files.certificate, files.key, files.authorities, &message, message.count)
        else { throw TLSFailure(description: text(message)) }
        self.context = context
    }

    deinit { pv_tls_context_free(context) }

    func session() throws(TLSFailure) -> TLSSession {
        guard let session = pv_tls_make(context) else { throw TLSFailure(description: "no memory") }
        return TLSSession(session, of: self)
    }
}

/// One connection's state: ciphertext goes in and out by buffers.
final class TLSSession {
    enum Outcome {
        case wantsMore
        case done
        /// The peer said goodbye.
        case closed
        case failed
    }

    private let session: OpaquePointer
    private let context: TLSContext

    init(_ session: OpaquePointer, of context: TLSContext) {
        self.session = session
        self.context = context
    }

    deinit { pv_tls_free(session) }

    func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.isEmpty || pv_tls_feed(session, bytes.baseAddress, bytes.count) == 0
    }

    /// How many bytes for the peer were written into the buffer; 0 when none are left.
    func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        Int(pv_tls_take(session, buffer.baseAddress, buffer.count))
    }

    func handshake() -> Outcome { outcome(pv_tls_handshake(session)) }

    /// Plain bytes of the peer: their number, or why there are none.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> (count: Int, outcome: Outcome) {
        let count = pv_tls_read(session, buffer.baseAddress, buffer.count)
        return count > 0 ? (Int(count), .done) : (0, outcome(count))
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.isEmpty || pv_tls_write(session, bytes.baseAddress, bytes.count) == Int32(PV_TLS_DONE)
    }

    func close() { pv_tls_close(session) }

    /// The common name of the peer's certificate.
    var subject: String? {
        var name = [CChar](repeating: 0, count: 256)
        return pv_tls_subject(session, &name, name.count) > 0 ? text(name) : nil
    }

    var failure: TLSFailure {
        var message = [CChar](repeating: 0, count: 256)
        pv_tls_reason(session, &message, message.count)
        return TLSFailure(description: text(message))
    }

    private func outcome(_ code: Int32) -> Outcome {
        switch Int(code) {
        case PV_TLS_WANTS_MORE: .wantsMore
        case PV_TLS_DONE: .done
        case PV_TLS_CLOSED: .closed
        default: .failed
        }
    }
}

private func text(_ bytes: [CChar]) -> String {
    String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
