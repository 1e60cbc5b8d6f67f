import Model

/// The rules of writing.
extension StoreState {
    mutating func create(
        _ resource: AnyResource, uid: () -> String, now: () -> Timestamp
    ) throws(StoreError) -> AnyResource {
        let key = resource.key
        try checkName(key.name)
        guard self[key] == nil else { throw .alreadyExists(key) }
        try checkOwners(resource.metadata.ownerReferences)
        try checkRoom()
        var metadata = resource.metadata
        metadata.uid = uid()
        metadata.generation = 1
        metadata.creationTimestamp = now()
        metadata.deletionTimestamp = nil
        return put(metadata, over: nil) { resource.with($0) }
    }

    /// Writes one part of `wanted`; nothing happens when that part is as it was.
    mutating func replace(
        _ current: AnyResource, with wanted: AnyResource, part: WritePart, now: () -> Timestamp
    ) throws(StoreError) -> AnyResource {
        switch part {
        case .status:
            guard !wanted.hasSameStatus(as: current) else { return current }
            return put(current.metadata, over: current) { current.with($0, statusOf: wanted) }
        case .main:
            return try replaceMain(of: current, with: wanted, now: now)
        }
    }

    private mutating func replaceMain(
        of current: AnyResource, with wanted: AnyResource, now: () -> Timestamp
    ) throws(StoreError) -> AnyResource {
        let before = current.metadata
        let asked = wanted.metadata
        var metadata = before
        metadata.labels = asked.labels
        metadata.annotations = asked.annotations
        metadata.ownerReferences = asked.ownerReferences
        metadata.finalizers = asked.finalizers
        metadata.managedFields = asked.managedFields ?? before.managedFields
        let isSameSpec = wanted.hasSameSpec(as: current)
        guard !isSameSpec || metadata != before else { return current }
        if metadata.ownerReferences != before.ownerReferences {
            try checkOwners(metadata.ownerReferences.filter { !before.ownerReferences.contains($0) })
        }
        if !isSameSpec { metadata.generation += 1 }
        guard before.isBeingDeleted else {
            return put(metadata, over: current) { wanted.with($0, statusOf: current) }
        }
        guard metadata.finalizers.allSatisfy(before.finalizers.contains) else {
            throw .invalid(
                path: "/metadata/finalizers", reason: "no finalizer can be added to what is being deleted")
        }
        guard metadata.finalizers.isEmpty else {
            return put(metadata, over: current) { wanted.with($0, statusOf: current) }
        }
        let last = remove(metadata, over: current) { wanted.with($0, statusOf: current) }
        deleteDependents(of: last.uid, now: now)
        return last
    }

    mutating func delete(_ current: AnyResource, now: () -> Timestamp) -> AnyResource {
        let last = beginDeleting(current, now: now)
        if self[last.key] == nil { deleteDependents(of: last.uid, now: now) }
        return last
    }

    /// Removes it, or marks it when finalizers hold it.
    private mutating func beginDeleting(_ current: AnyResource, now: () -> Timestamp) -> AnyResource {
        var metadata = current.metadata
        guard !metadata.finalizers.isEmpty else { return remove(metadata, over: current) { current.with($0) } }
        guard !metadata.isBeingDeleted else { return current }
        metadata.deletionTimestamp = now()
        return put(metadata, over: current) { current.with($0) }
    }

    /// What has no owner left is deleted, and so on; a list instead of recursion, for chains may be long.
    private mutating func deleteDependents(of uid: String, now: () -> Timestamp) {
        var gone = [uid]
        while let uid = gone.popLast() {
            for key in owned.dependents(of: uid) {
                guard let dependent = self[key], !dependent.metadata.ownerReferences.contains(where: isThere) else {
                    continue
                }
                let last = beginDeleting(dependent, now: now)
                if self[key] == nil { gone.append(last.uid) }
            }
        }
    }
}

// MARK: - Checks

extension StoreState {
    /// A name is one segment of a path, everywhere: in URLs and in the storage.
    private func checkName(_ name: String) throws(StoreError) {
        func refuse(_ reason: String) -> StoreError { .invalid(path: "/metadata/name", reason: reason) }
        let bytes = name.utf8
        guard !bytes.isEmpty else { throw refuse("must not be empty") }
        guard bytes.count <= 253 else { throw refuse("has \(bytes.count) bytes, at most 253 are allowed") }
        guard name != ".", name != ".." else { throw refuse("must not be \"\(name)\"") }
        guard bytes.allSatisfy({ $0 > 0x1F && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "%") })
        else { throw refuse("must not contain \"/\", \"%\" or control characters") }
    }

    /// An owner that is gone could never take its dependents along: the write was made from an old view.
    private func checkOwners(_ owners: [OwnerReference]) throws(StoreError) {
        for owner in owners where !isThere(owner) {
            guard !owner.uid.isEmpty else {
                throw .invalid(path: "/metadata/ownerReferences", reason: "the uid of \(owner.name) is missing")
            }
            throw .conflict(ResourceKey(KindName(owner.kind), owner.name))
        }
    }

    private func isThere(_ owner: OwnerReference) -> Bool {
        self[ResourceKey(KindName(owner.kind), owner.name)]?.uid == owner.uid
    }
}
