import Model
import Store
import Testing

struct LabelSelectorTests {
    typealias Requirement = LabelSelector.Requirement

    @Test(
        arguments: [
            ("", []),
            ("app=x", [.isOneOf("app", ["x"])]),
            ("app==x", [.isOneOf("app", ["x"])]),
            ("app!=x", [.isNoneOf("app", ["x"])]),
            ("app=", [.isOneOf("app", [""])]),
            (" app = x , tier ", [.isOneOf("app", ["x"]), .exists("tier")]),
            ("!app", [.isMissing("app")]),
            ("env in (a, b),env notin (c)", [.isOneOf("env", ["a", "b"]), .isNoneOf("env", ["c"])]),
            ("in in (in)", [.isOneOf("in", ["in"])]),
            ("example.org/app_1-x=1.0", [.isOneOf("example.org/app_1-x", ["1.0"])]),
        ] as [(String, [Requirement])])
    func `a label selector is read as Kubernetes writes it`(text: String, expected: [Requirement]) throws {
        #expect(try LabelSelector(parsing: text) == LabelSelector(expected))
    }

    @Test(arguments: [
        ("app=x,", "found the end where a label's name belongs in \"app=x,\""),
        ("=x", "found \"=\" where a label's name belongs in \"=x\""),
        ("app>3", "found \">\" after \"app\"; use =, ==, !=, in (…) or notin (…) in \"app>3\""),
        ("a in b", "found \"b\" where \"(\" belongs in \"a in b\""),
        ("a in (b", "found the end where \")\" belongs in \"a in (b\""),
        ("a=b c", "found \"c\" where \",\" belongs in \"a=b c\""),
        ("a=ä", "found \"ä\" where \",\" belongs in \"a=ä\""),
    ])
    func `anything else is refused with its reason`(text: String, reason: String) {
        #expect(throws: StoreError.invalid(path: "labelSelector", reason: reason)) {
            try LabelSelector(parsing: text)
        }
    }

    @Test(arguments: [
        ("", true), ("app", true), ("!app", false), ("tier", false), ("!tier", true), ("app=x", true),
        ("app=y", false), ("tier=x", false), ("app!=x", false), ("app!=y", true), ("tier!=x", true),
        ("app in (y,x)", true), ("app in (y)", false), ("tier in (x)", false), ("app notin (x)", false),
        ("tier notin (x)", true), ("app=x,!tier", true), ("app=x,tier", false), ("empty=", true), ("app=", false),
    ])
    func `a selector chooses by labels`(text: String, isChosen: Bool) throws {
        let resource = group("a", labels: ["app": "x", "empty": ""])
        #expect(try LabelSelector(parsing: text).matches(resource) == isChosen)
    }
}

struct FieldSelectorTests {
    @Test(arguments: [
        ("", true), ("metadata.name=a", true), ("metadata.name==b", false), ("metadata.name!=b", true),
        ("metadata.namespace=", true), ("spec.order=7", true), ("spec.order!=7", false), ("spec.nothing=", true),
        ("status.goal=UNACHIEVED", true), ("status.phase=READY", false), ("spec.order=7,status.members=0", true),
        ("spec.order=7,metadata.name=b", false), ("spec.order.deeper=7", false), ("reason=x", false),
    ])
    func `a selector chooses by fields`(text: String, isChosen: Bool) throws {
        #expect(try FieldSelector(parsing: text).matches(group("a", order: 7)) == isChosen)
    }

    @Test(arguments: [
        ("involvedObject.name=a", true), ("involvedObject.kind=Group", true), ("involvedObject.uid=uid-1", true),
        ("involvedObject.namespace=", true), ("involvedObject.apiVersion=pantavisor.io/v1", true),
        ("reason=Started", true), ("reason!=Started", false), ("type=Warning", false), ("type=Normal", true),
        ("metadata.namespace=default", true),
    ])
    func `an event is chosen by what it is about`(text: String, isChosen: Bool) throws {
        let store = makeStore()
        let subject = try store.create(group("a"))
        EventRecorder(store: store).record(reason: "Started", message: "", about: subject, component: "test")
        let event = try #require(store.snapshot().all(Event.self).first)
        #expect(try FieldSelector(parsing: text).matches(AnyResource(event)) == isChosen)
    }

    @Test func `a value may hold escaped operators and commas`() throws {
        let selector = try FieldSelector(parsing: #"metadata.name=a\,b\=c\\,reason="#)
        #expect(selector.matches(group(#"a,b=c\"#)))
    }

    @Test(arguments: [
        ("metadata.name", "\"metadata.name\" has no operator; write field=value or field!=value"),
        ("metadata.name!x", "\"metadata.name!x\" has an unknown operator; use =, == or !="),
        ("metadata.name=a=b", "\"a=b\" has a bare \"=\"; write \\="),
        (#"reason=\n"#, #""\n" is no escape in "\n""#),
        ("reason=\\", "\"\\\" ends in an escape"),
    ])
    func `anything else is refused with the remedy`(text: String, reason: String) {
        #expect(throws: StoreError.invalid(path: "fieldSelector", reason: reason)) {
            try FieldSelector(parsing: text)
        }
    }

    @Test(arguments: ["metadata.labels=x", "name=x", "spec=x", "spec..a=x", "=x"])
    func `an unknown field is refused with the known ones`(text: String) throws {
        let error = #expect(throws: StoreError.self) { try FieldSelector(parsing: text) }
        #expect(error?.description.contains("metadata.name, metadata.namespace, reason, type") == true)
    }
}
