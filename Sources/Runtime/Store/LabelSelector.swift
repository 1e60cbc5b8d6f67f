package import Model

/// A choice of resources by their labels, in the syntax of Kubernetes: `app=x,tier!=db,env in (a,b),!old`.
package struct LabelSelector: Sendable, Equatable {
    package enum Requirement: Sendable, Equatable {
        case exists(String)
        case isMissing(String)
        case isOneOf(String, [String])
        /// A missing label meets it, as in Kubernetes.
        case isNoneOf(String, [String])
    }

    package let requirements: [Requirement]

    package init(_ requirements: [Requirement]) {
        self.requirements = requirements
    }

    /// Reads a selector; the empty one selects everything.
    package init(parsing text: String) throws(StoreError) {
        var parser = LabelSelectorParser(text)
        requirements = try parser.parse()
    }

    package func matches(_ resource: AnyResource) -> Bool { matches(resource.metadata.labels) }

    package func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .exists(let key): labels[key] != nil
            case .isMissing(let key): labels[key] == nil
            case .isOneOf(let key, let values): labels[key].map(values.contains) ?? false
            case .isNoneOf(let key, let values): labels[key].map { !values.contains($0) } ?? true
            }
        }
    }
}
