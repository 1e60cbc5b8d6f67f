import JSON

extension ContainerManifest {
    mutating func readVolumes(_ members: Members, _ context: Context) {
        let root = members.required("root-volume", "name the image of its root filesystem")
        let fields = (root.map { [$0] } ?? []) + (members["volumes"]?.elements(atMost: StateLimits.volumes) ?? [])
        var seen: Set<String> = []
        for field in fields {
            guard let image = image(field, context.paths) else { continue }
            guard seen.insert(image.name).inserted else {
                field.problem("\(image.name.quoted) is listed twice; keep one")
                continue
            }
            images.append(image)
        }
        guard let field = members["storage"] else { return }
        storage = StorageManifest.map(field, context.device.disks)
        for entry in storage where seen.contains(entry.name) {
            let place = field.place.appending(entry.name)
            field.findings.problem(
                place, "has the name of an image, so both would be mounted at one place; rename it")
        }
    }

    /// What a volume is follows from its ending (`spec/runtime-behaviour.md` §3).
    private func image(_ field: Field, _ paths: StatePaths) -> Image? {
        guard let text = field.text() else { return nil }
        let reference = ImageReference(text)
        for part in [reference.handler, reference.file].compactMap({ $0 }) {
            if let reason = NameRules.objection(toName: part) {
                field.problem(reason)
                return nil
            }
        }
        let path = "\(name)/\(reference.file)"
        guard let filesystem = ContainerManifest.ending(of: reference.file) else {
            field.problem("\(text.quoted) has no ending that names its filesystem, like .squashfs")
            return nil
        }
        if filesystem == "data" {
            guard !paths.directories.contains(path) else { return Image(name: reference.file, content: .directory) }
            field.problem("\(text.quoted) is no directory of this revision; add files below \((path + "/").quoted)")
            return nil
        }
        guard let object = paths.object(path) else {
            if let reason = paths.objection(toObject: path, named: text) { field.problem(reason) }
            return nil
        }
        if filesystem == "bind" { return Image(name: reference.file, content: .file(object: object)) }
        checkVerity(reference, field, paths)
        let content = Content.image(object: object, filesystem: filesystem, handler: reference.handler)
        return Image(name: reference.file, content: content)
    }

    /// dm-verity needs the root hash, which `pvr dm-convert` keeps beside the image.
    private func checkVerity(_ reference: ImageReference, _ field: Field, _ paths: StatePaths) {
        let path = "\(name)/_dm/\(reference.file).json"
        guard reference.handler == "dm", paths.files[path] == nil else { return }
        field.problem("\(reference.file.quoted) needs \(path.quoted) with its root hash; run pvr dm-convert")
    }

    private static func ending(of file: String) -> String? {
        guard let dot = file.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let ending = file.utf8[file.utf8.index(after: dot)...]
        let isAllowed = { (byte: UInt8) in (48...57).contains(byte) || (97...122).contains(byte) || byte == 95 }
        return !ending.isEmpty && ending.allSatisfy(isAllowed) ? String(Substring(ending)) : nil
    }
}
