import JSON
import Model
import Testing

struct SchemaTests {
    @Test(arguments: Kinds.all.map(KindBox.init))
    func `a kind's table says what its types read`(kind: KindBox) throws {
        func check<K: Kind>(_ kind: K.Type) throws {
            let fields = Schema.fields(of: kind)
            let (spec, _) = try ShapeRecorder.shape(of: K.Spec.self)
            if K.descriptor.isFlat {
                #expect(FieldType.object(Array(fields.dropFirst(3))).shape == spec.shape)
            } else {
                let table = try suggestion(kind)
                let (status, _) = try ShapeRecorder.shape(of: K.Status.self)
                #expect(
                    fields["spec"]?.type.shape.table(indent: "") == spec.shape.table(indent: ""),
                    Comment(rawValue: table))
                #expect(
                    fields["status"]?.type.shape.table(indent: "") == status.shape.table(indent: ""),
                    Comment(rawValue: table))
            }
        }
        try check(kind.type)
    }

    @Test func `the table of metadata says what it reads, and what clients send besides`() throws {
        guard case .object(let known) = try ShapeRecorder.shape(of: Metadata.self).0,
            case .object(let fields) = Schema.metadata.type
        else {
            Issue.record("metadata is no object")
            return
        }
        let ignored = ["generateName", "deletionGracePeriodSeconds", "selfLink"]
        #expect(Set(fields.map(\.name)) == Set(known.map(\.name) + ignored))
        for field in known where field.name != "ownerReferences" {
            #expect(fields[field.name]?.type.shape == field.type.shape, "\(field.name)")
        }
    }

    @Test(arguments: Kinds.all.map(KindBox.init))
    func `every member has a description`(kind: KindBox) {
        func describe<K: Kind>(_ kind: K.Type) -> [String] { undescribed(Schema.fields(of: kind), "") }
        #expect(describe(kind.type) == [])
    }

    @Test func `a table is read line by line`() {
        let table = """
            a string Its text.
            b? [x|y] Some of them.
            c object
              d integer=3
              e [@StatusGoal] Goals.
            """
        #expect(
            Schema.parse(table) == [
                Field("a", .string, isRequired: true, about: "Its text."),
                Field("b", .list(.choice(["x", "y"])), isRequired: false, about: "Some of them."),
                Field(
                    "c",
                    .object([
                        Field("d", .integer, isRequired: false, fallback: "3", about: ""),
                        Field("e", .list(.choice(["MOUNTED", "STARTED", "READY"])), isRequired: true, about: "Goals."),
                    ]), isRequired: true, about: ""),
            ])
    }

    private func undescribed(_ fields: [Field], _ path: String) -> [String] {
        fields.flatMap { field -> [String] in
            let place = "\(path)/\(field.name)"
            let own = field.about.isEmpty ? [place] : []
            switch field.type {
            case .object(let members), .list(.object(let members)): return own + undescribed(members, place)
            default: return own
            }
        }
    }

    /// The table of a kind whose members changed, to be completed by hand.
    private func suggestion<K: Kind>(_ kind: K.Type) throws -> String {
        let parts = [
            ("spec", try ShapeRecorder.shape(of: K.Spec.self).0),
            ("status", try ShapeRecorder.shape(of: K.Status.self).0),
        ]
        return "its table could be:\n"
            + parts.map { "\($0) object …\n" + $1.table(indent: "  ") }.joined(separator: "\n")
    }
}

/// A kind as an argument of a test.
struct KindBox: Sendable, CustomTestStringConvertible {
    let type: any Kind.Type
    var testDescription: String { type.descriptor.name.description }
}

extension FieldType {
    /// Without what only the table knows: descriptions, fallbacks, and so what may be missing because of one.
    fileprivate var shape: FieldType {
        switch self {
        case .object(let fields):
            .object(
                fields.sorted { $0.name < $1.name }.map { field in
                    let isRequired = field.isRequired || field.fallback != nil
                    return Field(field.name, field.type.shape, isRequired: isRequired, about: "")
                })
        case .list(let element): .list(element.shape)
        default: self
        }
    }

    fileprivate func table(indent: String) -> String {
        let fields: [Field]
        switch self {
        case .object(let members), .list(.object(let members)): fields = members
        default: return ""
        }
        return fields.filter { !["observedGeneration", "conditions"].contains($0.name) }.map { field in
            let members = field.type.table(indent: indent + "  ")
            let line = "\(indent)\(field.name)\(field.isRequired ? "" : "?") \(field.type.word) …"
            return members.isEmpty ? line : "\(line)\n\(members)"
        }.joined(separator: "\n")
    }

    private var word: String {
        switch self {
        case .choice(let choices): choices.joined(separator: "|")
        case .list(let element): "[\(element.word)]"
        case .object: "object"
        default: "\(self)"
        }
    }
}
