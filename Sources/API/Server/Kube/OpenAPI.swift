import JSON
import Model

/// OpenAPI v3 of the kinds, as kubectl needs it to apply, patch and explain (`spec/kube-api.md` §3.4).
struct OpenAPI {
    let catalogue: KindCatalogue

    init(_ catalogue: KindCatalogue) {
        self.catalogue = catalogue
    }

    var root: JSONValue {
        var paths: JSONObject = ["api/v1": ["serverRelativeURL": "/openapi/v3/api/v1"]]
        for group in catalogue.groups {
            paths["apis/\(group)/v1"] = ["serverRelativeURL": .string("/openapi/v3/apis/\(group)/v1")]
        }
        return ["paths": .object(paths)]
    }

    func document(of group: String) -> JSONValue {
        var paths: JSONObject = [:]
        var schemas: JSONObject = [:]
        for entry in catalogue.entries where entry.descriptor.group == group {
            let kind = entry.descriptor
            let path = OpenAPI.path(of: kind)
            paths[path] = OpenAPI.collection(kind)
            paths["\(path)/{name}"] = OpenAPI.resource(kind)
            schemas[OpenAPI.schemaName(of: kind)] = OpenAPI.schema(of: entry)
        }
        return [
            "openapi": "3.0.0", "info": ["title": "Pantavisor", "version": "v1"], "paths": .object(paths),
            "components": ["schemas": .object(schemas)],
        ]
    }

    private static func path(of kind: KindDescriptor) -> String {
        guard kind.group.isEmpty else { return "/apis/\(kind.group)/\(kind.version)/\(kind.plural)" }
        return "/api/\(kind.version)/namespaces/{namespace}/\(kind.plural)"
    }

    private static func collection(_ kind: KindDescriptor) -> JSONValue {
        let list: JSONValue = [
            "type": "object", "properties": ["items": ["type": "array", "items": reference(to: kind)]],
        ]
        var operations = pathItem(kind, [])
        operations["get"] = operation("list", kind, answer: list)
        if kind.isUserCreatable { operations["post"] = operation("post", kind, bodies: ["application/json"]) }
        return .object(operations)
    }

    /// Every kind gets a patch operation: without its `fieldValidation` parameter kubectl refuses to send anything.
    private static func resource(_ kind: KindDescriptor) -> JSONValue {
        var operations = pathItem(kind, ["name"])
        operations["get"] = operation("get", kind)
        operations["put"] = operation("put", kind, bodies: ["application/json"])
        operations["patch"] = operation("patch", kind, bodies: PatchType.allCases.map(\.rawValue))
        if kind.isUserCreatable {
            // What is gone is answered with a Status, what finalizers still hold with itself.
            operations["delete"] = operation("delete", kind, answer: ["type": "object"])
        }
        return .object(operations)
    }

    private static func pathItem(_ kind: KindDescriptor, _ names: [String]) -> JSONObject {
        let names = (kind.group.isEmpty ? ["namespace"] : []) + names
        guard !names.isEmpty else { return [:] }
        let parameters = names.map { name -> JSONValue in
            ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string"]]
        }
        return ["parameters": .array(parameters)]
    }

    private static func operation(
        _ action: String, _ kind: KindDescriptor, bodies: [String] = [], answer: JSONValue? = nil
    ) -> JSONValue {
        let parameters = ["fieldValidation", "dryRun"].map { name -> JSONValue in
            ["name": .string(name), "in": "query", "schema": ["type": "string", "uniqueItems": true]]
        }
        let content: JSONValue = ["application/json": ["schema": answer ?? reference(to: kind)]]
        var responses: JSONObject = ["200": ["description": "OK", "content": content]]
        if action == "post" || action == "patch" { responses["201"] = ["description": "Created", "content": content] }
        responses["default"] = ["description": "A Status that says what is wrong."]
        var operation: JSONObject = [
            "x-kubernetes-action": .string(action), "x-kubernetes-group-version-kind": groupVersionKind(kind),
            "parameters": .array(parameters), "responses": .object(responses),
        ]
        if !bodies.isEmpty {
            let contents = bodies.map {
                ($0, ["schema": PatchType(rawValue: $0)?.schema ?? reference(to: kind)] as JSONValue)
            }
            operation["requestBody"] = ["required": true, "content": .object(JSONObject(contents))]
        }
        return .object(operation)
    }

    private static func reference(to kind: KindDescriptor) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(schemaName(of: kind))")]
    }

    private static func groupVersionKind(_ kind: KindDescriptor) -> JSONValue {
        ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.name.description)]
    }

    private static func schemaName(of kind: KindDescriptor) -> String {
        kind.group.isEmpty ? "io.k8s.api.core.v1.\(kind.name)" : "io.pantavisor.v1.\(kind.name)"
    }

    private static func schema(of entry: KindEntry) -> JSONValue {
        let kind = entry.descriptor
        let writable = kind.userPaths.map { $0.joined(separator: ".") }.joined(separator: ", ")
        let rule = writable.isEmpty ? "Derived: written only by controllers." : "A user may change: \(writable)."
        let origin = kind.isUserCreatable ? " A user may create and delete it." : ""
        var schema = schema(of: .object(entry.fields()), about: rule + origin)
        schema["x-kubernetes-group-version-kind"] = [groupVersionKind(kind)]
        return .object(schema)
    }

    private static func schema(of type: FieldType, about: String = "", fallback: String? = nil) -> JSONObject {
        var schema: JSONObject = [:]
        if !about.isEmpty { schema["description"] = .string(about) }
        if let fallback { schema["default"] = .string(fallback) }
        func set(_ type: JSONValue) { schema["type"] = type }
        switch type {
        case .string: set("string")
        case .integer: set("integer")
        case .number: set("number")
        case .boolean: set("boolean")
        case .time:
            set("string")
            schema["format"] = "date-time"
        case .any:
            set("object")
            schema["x-kubernetes-preserve-unknown-fields"] = true
        case .map:
            set("object")
            schema["additionalProperties"] = ["type": "string"]
        case .choice(let choices):
            set("string")
            schema["enum"] = .array(choices.map { .string($0) })
        case .list(let element):
            set("array")
            schema["items"] = .object(OpenAPI.schema(of: element))
        case .object(let fields):
            set("object")
            schema["properties"] = .object(
                JSONObject(
                    fields.map { field in
                        let schema = OpenAPI.schema(of: field.type, about: field.about, fallback: field.fallback)
                        return (field.name, .object(schema))
                    }))
            let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
            if !required.isEmpty { schema["required"] = .array(required) }
        }
        return schema
    }
}
