import CShims
import Glibc

/// Keeps open descriptors where they outlive this process: as messages in the queue of a socket pair whose ends the
/// supervisor holds, too.
///
/// The next log server finds there every socket that a container speaks to, so that none is cut off.
struct DescriptorStore {
    private let reading: OwnedDescriptor
    private let writing: OwnedDescriptor
    private static let maximumLabel = 512

    init(reading: OwnedDescriptor, writing: OwnedDescriptor) {
        self.reading = reading
        self.writing = writing
        _ = pv_set_send_room(writing.number, 1 << 20)
    }

    /// Puts one in; when there is no room it is simply not kept.
    func put(_ label: String, _ descriptor: OwnedDescriptor) {
        let bytes = Array(label.utf8.prefix(Self.maximumLabel))
        _ = pv_send_descriptors(writing.number, bytes, bytes.count, [descriptor.number], 1)
    }

    /// Takes everything out, in the order it was put in.
    func takeAll() -> [(label: String, descriptor: OwnedDescriptor)] {
        var all: [(String, OwnedDescriptor)] = []
        var bytes = [UInt8](repeating: 0, count: Self.maximumLabel)
        while true {
            var number: Int32 = -1
            var count: Int32 = 1
            let length = pv_receive_descriptors(reading.number, &bytes, bytes.count, &number, &count)
            guard length >= 0 else { return all }
            guard count == 1 else { continue }
            all.append((String(decoding: bytes.prefix(length), as: UTF8.self), OwnedDescriptor(number)))
        }
    }

    /// Takes out what has a label and puts the others back.
    func remove(_ label: String) {
        for kept in takeAll() where kept.label != label { put(kept.label, kept.descriptor) }
    }
}
