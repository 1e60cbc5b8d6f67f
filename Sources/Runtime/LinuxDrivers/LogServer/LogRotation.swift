import CShims
import Drivers
import Glibc
import LogServer

/// Keeps the log directory within its room: rotates what is long, packs what was rotated, removes the oldest.
///
/// Files that others write (the console's by liblxc, the runtime's own) are rotated by their writers, as `<file>.1`; here
/// they are only packed. Packing goes piece by piece, while nothing else is to be done.
final class LogRotation {
    /// A rotated file on its way to `<file>.<n>.gz`.
    private struct Packing {
        let path: String
        let target: String
        let source: OwnedDescriptor
        let packed: OwnedDescriptor
    }

    private let output: LogOutput
    private let loop: LogLoop
    private var waiting: [String] = []
    private var packing: Packing?
    private var isLookingLater = false

    init(_ output: LogOutput, _ loop: LogLoop) {
        self.output = output
        self.loop = loop
        output.onFull = { [unowned self] in rotate($0) }
        loop.doPiece = { [unowned self] in doPiece() }
    }

    private var logs: String { output.layout.logs }

    /// Gives a file that we write another name, unless the last one is still being packed.
    private func rotate(_ path: String) {
        let rotated = "\(path).1"
        guard !Files.exists(rotated), rename(path, rotated) == 0 else { return }
        output.forget(path)
        pack(rotated)
    }

    private func pack(_ path: String) {
        guard packing?.path != path, !waiting.contains(path) else { return }
        waiting.append(path)
    }

    // MARK: Room

    /// Reckons the room again, now and then while much is written.
    func lookAfterWrites() {
        guard output.written > max(output.quota.total / 64, 65_536) else { return }
        look()
    }

    /// Looks a little later, once for any number of reasons.
    func lookSoon() {
        guard !isLookingLater else { return }
        isLookingLater = true
        loop.after(milliseconds: 500) { [unowned self] in
            isLookingLater = false
            look()
        }
    }

    /// Packs what was rotated, and removes what is too much.
    func look() {
        output.written = 0
        var files: [LogQuota.File] = []
        walk(logs, "", depth: 0, &files)
        for step in output.quota.trim(files) {
            switch step {
            case .remove(let path):
                unlink("\(logs)/\(path)")
                rmdir(Files.parentDirectory("\(logs)/\(path)"))
            case .empty(let path):
                truncate("\(logs)/\(path)", 0)
                output.forget("\(logs)/\(path)")
            }
        }
        for file in files {
            let name = String(file.path.split(separator: "/").last ?? "")
            if let rotated = RotatedName(name), !rotated.isPacked { pack("\(logs)/\(file.path)") }
            if isForeign(name), !file.isClosed, file.size > output.quota.fileLimit {
                copyAndEmpty("\(logs)/\(file.path)")
            }
        }
    }

    /// liblxc keeps its log open for appending and knows no rotation.
    private func isForeign(_ name: String) -> Bool { name == "lxc.log" }

    private func copyAndEmpty(_ path: String) {
        let rotated = "\(path).1"
        guard !Files.exists(rotated) else { return }
        do throws(DriverError) {
            guard let bytes = try Files.read(path, limit: output.quota.fileLimit * 4) else { return }
            let copy = try OwnedDescriptor.open(
                rotated, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o640, for: "RotateLog")
            try Files.write(bytes, to: copy, rotated)
        } catch {
            // No room for a copy: then the log begins anew without one.
            unlink(rotated)
        }
        // What is appended between the last read and this is lost; it is written only when a container starts or ends.
        truncate(path, 0)
        pack(rotated)
    }

    private func walk(_ directory: String, _ relative: String, depth: Int, _ files: inout [LogQuota.File]) {
        guard depth < 12, files.count < 10_000 else { return }
        for name in Files.names(in: directory) {
            let path = relative.isEmpty ? name : "\(relative)/\(name)"
            var status = stat()
            guard lstat("\(directory)/\(name)", &status) == 0 else { continue }
            if name.hasSuffix(".gz.new"), packing?.target != "\(directory)/\(name.dropLast(4))" {
                // Of a log server that ended in the middle.
                unlink("\(directory)/\(name)")
            } else if status.st_mode & S_IFMT == S_IFDIR {
                walk("\(directory)/\(name)", path, depth: depth + 1, &files)
            } else if status.st_mode & S_IFMT == S_IFREG {
                files.append(file(path, status))
            }
        }
    }

    private func file(_ path: String, _ status: stat) -> LogQuota.File {
        let parts = path.split(separator: "/")
        let depth = parts.first == "locals" ? 2 : 1
        let revision = parts.prefix(depth).joined(separator: "/")
        let platform = parts.count > depth + 1 ? String(parts[depth]) : ""
        let isUsed = revision == output.briefing.revision || revision == output.briefing.attempt?.revision
        let isRotated = RotatedName(String(parts.last ?? "")) != nil
        return LogQuota.File(
            path: path, platform: platform, size: Int(status.st_size), modified: Int64(status.st_mtim.tv_sec),
            isClosed: isRotated || !isUsed)
    }

    // MARK: Packing

    /// Packs one piece; false when there is nothing to pack.
    private func doPiece() -> Bool {
        if packing == nil, !waiting.isEmpty { packing = begin(waiting.removeFirst()) }
        guard let job = packing else { return !waiting.isEmpty }
        var piece = [UInt8](repeating: 0, count: Gzip.pieceLength)
        let count = read(job.source.number, &piece, piece.count)
        if count > 0 {
            do throws(DriverError) {
                try Files.write(Gzip.member(of: Array(piece.prefix(count))), to: job.packed, job.target)
            } catch {
                // A full disk: it stays unpacked, and is tried again when the room is reckoned again.
                unlink("\(job.target).new")
                packing = nil
            }
            return true
        }
        if count == 0, rename("\(job.target).new", job.target) == 0 { unlink(job.path) }
        packing = nil
        if waiting.isEmpty { look() }
        return !waiting.isEmpty
    }

    private func begin(_ path: String) -> Packing? {
        let directory = Files.parentDirectory(path)
        guard let rotated = RotatedName(String(path.split(separator: "/").last ?? "")) else { return nil }
        let number = RotatedName.next(for: rotated.file, among: Files.names(in: directory))
        let target = "\(directory)/" + RotatedName(file: rotated.file, number: number, isPacked: true).name
        do throws(DriverError) {
            let source = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW, for: "RotateLog")
            let packed = try OwnedDescriptor.open(
                "\(target).new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o640, for: "RotateLog")
            return Packing(path: path, target: target, source: source, packed: packed)
        } catch {
            return nil
        }
    }
}
