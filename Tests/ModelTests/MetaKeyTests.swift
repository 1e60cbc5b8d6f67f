import Model
import Testing

struct MetaKeyTests {
    @Test(arguments: [
        ("pvr-sdk.authorized_keys", "pvr-sdk.authorized_keys"), ("web/motd", "web%2Fmotd"), ("..", "%2E."),
        ("50%", "50%25"), (".hidden", "%2Ehidden"), ("ключ", "ключ"),
    ])
    func `a key has a file, and the file its key`(key: String, file: String) {
        #expect(MetaSpec.fileName(ofKey: key) == file)
        #expect(MetaSpec.key(ofFile: file) == key)
    }

    @Test func `a file of somebody who does not escape is a key as well`() {
        #expect(MetaSpec.key(ofFile: "50%") == "50%")
        #expect(MetaSpec.key(ofFile: "a%zz") == "a%zz")
        #expect(MetaSpec.key(ofFile: ".a.new") == nil)
    }

    @Test func `a container sees what is meant for it`() {
        let data = ["web.a": "1", "web/b": "2", "web": "3", "web.": "4", "webcam.c": "5", "web./x": "6"]
        #expect(MetaSpec.files(of: "web", in: data) == ["a": "1", "b": "2", "%2Fx": "6"])
    }
}
