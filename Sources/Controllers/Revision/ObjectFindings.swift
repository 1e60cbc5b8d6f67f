import Engine
import Model
import StateFormat

/// How the objects of the running revision stand to their names.
struct ObjectFindings {
    private(set) var state = Condition.Status.yes
    private(set) var reason = "Verified"
    private(set) var message = ""
    /// Why a container must not be started, by container.
    private(set) var objections: [String: String] = [:]

    init(of document: StateDocument, in world: World, isChecked: Bool) {
        guard isChecked else {
            (state, reason) = (.unknown, "NotChecked")
            return
        }
        let verdicts = document.objects.reduce(into: [String: Bool?]()) { verdicts, object in
            verdicts[object] = .some(world.get(Object.self, object)?.status.isVerified)
        }
        let damaged = verdicts.filter { $0.value == false }.keys.sorted()
        if !damaged.isEmpty {
            (state, reason) = (.no, "Damaged")
            message = "\(damaged.prefix(8).joined(separator: ", "))" + (damaged.count > 8 ? ", …" : "")
        } else if verdicts.contains(where: { $0.value == .some(nil) }) {
            (state, reason, message) = (.unknown, "Checking", "objects are being held against their names")
        }
        for container in document.containers {
            objections[container.name] =
                document.configurationObjects(of: container.name).lazy
                .compactMap { path, object in verdicts[object]?.objection(to: object, at: path) }.first
        }
    }
}

extension Bool? {
    fileprivate func objection(to object: String, at path: String) -> String? {
        switch self {
        case true: nil
        case false: "object \(object) (\(path)) is damaged; upload it again"
        case nil: "objects are being held against their names"
        }
    }
}
