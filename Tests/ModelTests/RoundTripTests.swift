import JSON
import Model
import Testing

struct RoundTripTests {
    private let condition = Condition(type: "Ready", status: .yes, reason: "GoalReached", message: "all is up")

    @Test func `a container reads back as it was written`() throws {
        var spec = Container.Spec(revision: "locals/x", order: 2, group: "app", config: "lxc.container.conf")
        spec.autoRecovery = AutoRecovery(
            policy: .onFailure, maxRetries: 3, backoffFactor: 1.5, backoffPolicy: .pause(seconds: 600, text: "10min"))
        spec.devLog = false
        var status = Container.Status()
        status.phase = .recovering
        status.pid = 42
        status.startedAt = Instant(milliseconds: 1234)
        status.lastExit = Container.Exit(pid: 41, code: nil, signal: 9)
        try check(Resource<Container>(name: "web", spec: spec, status: status))
    }

    @Test func `a device reads back as it was written`() throws {
        var status = Device.Status()
        status.currentRevision = "3"
        status.version = "1"
        try check(Resource<Device>(name: "self", spec: .init(desiredRevision: "locals/x"), status: status))
    }

    @Test func `a group reads back as it was written`() throws {
        let spec = Group.Spec(order: 0, description: "d", autoRecovery: AutoRecovery(policy: .always))
        var status = Group.Status()
        status.openedAt = .zero
        try check(Resource<Group>(name: "app", spec: spec, status: status))
    }

    @Test func `a revision reads back with its state`() throws {
        let spec = Revision.Spec(revision: "4", state: ["#spec": "x", "a": [1, 2.5, nil]], commitMessage: "é")
        try check(Resource<Revision>(name: "4", spec: spec))
    }

    @Test func `a volume reads back as it was written`() throws {
        let spec = Volume.Spec(
            revision: "4", container: "web", volume: "root.squashfs", source: .image, filesystem: "squashfs",
            handler: "dm", object: "00")
        var status = Volume.Status()
        status.isMounted = true
        try check(Resource<Volume>(name: "web:root.squashfs", spec: spec, status: status))
    }

    @Test func `an event is flat`() throws {
        let spec = Event.Spec(
            involvedObject: .init(kind: "Container", apiVersion: "pantavisor.io/v1", name: "web", uid: "u"),
            type: .warning, reason: "Exited", message: "with 1", at: Timestamp(seconds: 7), component: "containers")
        let document = try AnyResource(Resource<Event>(name: "e", spec: spec)).document()
        #expect(document["spec"] == nil)
        #expect(document["reason"] == "Exited")
        #expect(try document.decode(Event.Spec.self) == spec)
    }

    @Test func `a bad value is refused with its place`() throws {
        let resource = Resource<Container>(name: "web", spec: .init(revision: "1", order: 0, group: "app"))
        var document = try #require(try AnyResource(resource).document().object)
        var spec = try #require(document["spec"]?.object)
        spec["run"] = "Walking"
        document["spec"] = .object(spec)
        #expect(throws: ManifestError(path: "/spec/run", reason: #""Walking" is not one of Running, Stopped"#)) {
            try Resource<Container>(document: .object(document))
        }
    }

    /// Through text, so that nothing depends on values being kept in memory.
    private func check<K: Kind>(_ resource: Resource<K>) throws {
        var resource = resource
        resource.metadata.uid = "00000000-0000-4000-8000-000000000001"
        resource.metadata.resourceVersion = ResourceVersion(77)
        resource.metadata.labels = ["b": "2", "a": "1"]
        resource.metadata.finalizers = ["pantavisor.io/stop"]
        resource.status.observedGeneration = 2
        resource.status.conditions = [condition]
        let bytes = try AnyResource(resource).document().compactBytes()
        #expect(try Resource<K>(document: JSONValue(parsing: bytes)) == resource)
    }
}
