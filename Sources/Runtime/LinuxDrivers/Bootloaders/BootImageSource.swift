import Drivers

/// The content of a boot image in a trail, decompressed when it ends in `.gz`, piece by piece.
struct BootImageSource {
    let path: String
    let medium: any BootMedium
    private static let piece = 1 << 20

    /// Pieces in order; all but the last are of the same size.
    func forEachPiece(
        _ body: (_ offset: Int, _ bytes: [UInt8]) throws(DriverError) -> Void
    ) throws(DriverError) {
        var place = 0
        func next() throws(DriverError) -> [UInt8] {
            guard let bytes = try medium.read(path, at: place, count: Self.piece) else {
                throw DriverError("ReadBootImage", path, errno: 2, "there is no such file")
            }
            place += bytes.count
            return bytes
        }
        var offset = 0
        guard path.utf8.suffix(3).elementsEqual(".gz".utf8) else {
            while true {
                let bytes = try next()
                if bytes.isEmpty { return }
                try body(offset, bytes)
                offset += bytes.count
            }
        }
        var inflate = Inflate(path, next)
        try inflate.run { bytes throws(DriverError) in
            try body(offset, bytes)
            offset += bytes.count
        }
    }
}
