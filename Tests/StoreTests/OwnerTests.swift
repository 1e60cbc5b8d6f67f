import Model
import Store
import Testing

struct OwnerTests {
    @Test func `what a resource owned goes with it, and what that owned too`() throws {
        let store = makeStore()
        let root = try store.create(group("root"))
        let middle = try store.create(group("middle", owners: [try root.asOwner]))
        try store.create(container("leaf", owners: [try middle.asOwner]))
        try store.create(container("stranger"))
        let watch = try store.watch()
        try store.delete(key("root"))
        #expect(store.snapshot().all(Container.self).map(\.name) == ["stranger"])
        let names = watch.take().map { event in
            if case .deleted(let resource) = event { resource.key.description } else { "\(event)" }
        }
        #expect(names == ["Group/root", "Group/middle", "Container/leaf"])
        #expect(store.snapshot().version == ResourceVersion(107))
    }

    @Test func `finalizers hold the owner, and then its dependents`() throws {
        let store = makeStore()
        let root = try store.create(group("root", finalizers: ["test/root"]))
        let child = try store.create(group("child", finalizers: ["test/child"], owners: [try root.asOwner]))
        try store.create(container("leaf", owners: [try child.asOwner]))
        try store.delete(key("root"))
        #expect(store.snapshot()[key("child")]?.metadata.isBeingDeleted == false)
        try store.modify(Group.self, "root", part: .main) { $0.metadata.finalizers = [] }
        #expect(store.snapshot()[key("root")] == nil)
        #expect(store.snapshot()[key("child")]?.metadata.isBeingDeleted == true)
        #expect(store.snapshot().get(Container.self, "leaf") != nil)
        try store.modify(Group.self, "child", part: .main) { $0.metadata.finalizers = [] }
        #expect(store.snapshot().count == 0)
    }

    @Test func `a resource with two owners goes with the last`() throws {
        let store = makeStore()
        let owners = try ["a", "b"].map { try store.create(group($0)).asOwner }
        try store.create(container("shared", owners: owners))
        try store.delete(key("a"))
        #expect(store.snapshot().get(Container.self, "shared") != nil)
        try store.delete(key("b"))
        #expect(store.snapshot().count == 0)
    }

    @Test func `an owner can be given and taken away later`() throws {
        let store = makeStore()
        let owner = try store.create(group("a")).asOwner
        try store.create(container("given"))
        try store.create(container("freed", owners: [owner]))
        try store.modify(Container.self, "given", part: .main) { $0.metadata.ownerReferences = [owner] }
        try store.modify(Container.self, "freed", part: .main) { $0.metadata.ownerReferences = [] }
        try store.delete(key("a"))
        #expect(store.snapshot().all(Container.self).map(\.name) == ["freed"])
    }

    @Test func `an owner that is gone, or a namesake of it, is a conflict`() throws {
        let store = makeStore()
        let owner = try store.create(group("a")).asOwner
        try store.create(container("c"))
        try store.delete(key("a"))
        try store.create(group("a"))
        #expect(throws: StoreError.conflict(key("a"))) { try store.create(container("d", owners: [owner])) }
        #expect(throws: StoreError.conflict(key("a"))) {
            try store.modify(Container.self, "c", part: .main) { $0.metadata.ownerReferences = [owner] }
        }
    }

    @Test func `an owner without a uid is refused`() throws {
        let owner = OwnerReference(apiVersion: "pantavisor.io/v1", kind: "Group", name: "a", uid: "")
        let refusal = StoreError.invalid(path: "/metadata/ownerReferences", reason: "the uid of a is missing")
        #expect(throws: refusal) { try makeStore().create(container("c", owners: [owner])) }
    }

    @Test func `resources that own each other go together`() throws {
        let store = makeStore()
        let a = try store.create(group("a"))
        let b = try store.create(group("b", owners: [try a.asOwner]))
        let owner = try b.asOwner
        try store.modify(Group.self, "a", part: .main) { $0.metadata.ownerReferences = [owner] }
        try store.delete(key("b"))
        #expect(store.snapshot().count == 0)
    }

    @Test func `a long chain of owners goes without deep recursion`() throws {
        let store = makeStore(limit: 20_000)
        var owners: [OwnerReference] = []
        for number in 0..<10_000 { owners = [try store.create(group("g\(number)", owners: owners)).asOwner] }
        try store.delete(key("g0"))
        #expect(store.snapshot().count == 0)
        #expect(store.snapshot().version == ResourceVersion(20_100))
    }
}
