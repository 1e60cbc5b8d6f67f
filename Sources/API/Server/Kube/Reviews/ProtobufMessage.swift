/// As much of a protobuf message as a question needs: texts and messages by their field's number.
struct ProtobufMessage {
    private var fields: [Int: ArraySlice<UInt8>] = [:]

    /// The message in Kubernetes' envelope: `k8s`, a zero byte, and a message that holds it as field 2.
    init?(envelope bytes: [UInt8]) {
        guard bytes.starts(with: [0x6B, 0x38, 0x73, 0]), let outer = ProtobufMessage(bytes.dropFirst(4)),
            let inner = outer.fields[2]
        else { return nil }
        self.init(inner)
    }

    /// Nil for anything that is not a sequence of fields.
    private init?(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            guard let tag = ProtobufMessage.number(&rest) else { return nil }
            switch tag & 7 {
            case 0: guard ProtobufMessage.number(&rest) != nil else { return nil }
            case 2:
                guard let length = ProtobufMessage.number(&rest), length <= rest.count else { return nil }
                fields[tag >> 3] = rest.prefix(length)
                rest = rest.dropFirst(length)
            default: return nil
            }
        }
    }

    subscript(number: Int) -> ProtobufMessage? { fields[number].flatMap { ProtobufMessage($0) } }

    func text(_ number: Int) -> String? { fields[number].map { String(decoding: $0, as: UTF8.self) } }

    /// A base-128 number that fits.
    private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        var value = 0
        for shift in stride(from: 0, through: 56, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
