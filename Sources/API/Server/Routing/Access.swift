import Model
import Store

/// What a caller may do now.
enum Access: Sendable, Equatable {
    case full
    /// A container without the mgmt role may only speak for itself.
    case signalOnly
    /// Nobody knows who it is, or its container is gone.
    case none

    /// Looked up for each request: roles change with the revision.
    init(of caller: Caller, in snapshot: Snapshot) {
        switch caller {
        case .host: self = .full
        case .unknown: self = .none
        case .remote(_, let isManager): self = isManager ? .full : .none
        case .container(let name):
            guard let container = snapshot.get(Container.self, name) else {
                self = .none
                return
            }
            self = container.spec.roles.contains(.mgmt) ? .full : .signalOnly
        }
    }
}
