import JSON
import Model

/// As much of OpenAPI v3 as kubectl needs to apply, patch and explain (`spec/kube-api.md` §3.4).
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
            schemas[OpenAPI.schemaName(of: kind)] = OpenAPI.schema(of: kind)
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
        var operations: JSONObject = ["get": operation("list", kind)]
        if kind.isUserCreatable { operations["post"] = operation("post", kind) }
        return .object(operations)
    }

    /// Every kind gets a patch operation: without its `fieldValidation` parameter kubectl refuses to send anything.
    private static func resource(_ kind: KindDescriptor) -> JSONValue {
        ["get": operation("get", kind), "put": operation("put", kind), "patch": operation("patch", kind)]
    }

    private static func operation(_ action: String, _ kind: KindDescriptor) -> JSONValue {
        let schema: JSONValue = ["$ref": .string("#/components/schemas/\(schemaName(of: kind))")]
        let parameters = ["fieldValidation", "dryRun"].map { name -> JSONValue in
            ["name": .string(name), "in": "query", "schema": ["type": "string", "uniqueItems": true]]
        }
        return [
            "x-kubernetes-action": .string(action), "x-kubernetes-group-version-kind": groupVersionKind(kind),
            "parameters": .array(parameters),
            "responses": ["200": ["description": "OK", "content": ["application/json": ["schema": schema]]]],
        ]
    }

    private static func groupVersionKind(_ kind: KindDescriptor) -> JSONValue {
        ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.name.description)]
    }

    private static func schemaName(of kind: KindDescriptor) -> String {
        kind.group.isEmpty ? "io.k8s.api.core.v1.\(kind.name)" : "io.pantavisor.v1.\(kind.name)"
    }

    private static func schema(of kind: KindDescriptor) -> JSONValue {
        func open(_ description: String) -> JSONValue {
            ["type": "object", "description": .string(description), "x-kubernetes-preserve-unknown-fields": true]
        }
        let writable = kind.writablePaths.map { $0.joined(separator: ".") }.joined(separator: ", ")
        let rule = writable.isEmpty ? "Derived: written only by controllers." : "A user may write: \(writable)."
        var properties: JSONObject = [
            "apiVersion": ["type": "string"], "kind": ["type": "string"], "metadata": open("Who it is."),
        ]
        if !kind.isFlat {
            properties["spec"] = open("What it should be. \(rule)")
            properties["status"] = open("What was observed.")
        }
        return [
            "type": "object", "description": .string("\(kind.name). \(rule)"), "properties": .object(properties),
            "x-kubernetes-group-version-kind": [groupVersionKind(kind)], "x-kubernetes-preserve-unknown-fields": true,
        ]
    }
}
