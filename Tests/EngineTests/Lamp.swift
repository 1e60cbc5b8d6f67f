import Drivers
import Engine
import JSON
import Model

/// A small kind for tests: what is wanted, and what is.
enum Lamp: Kind {
    static let descriptor = KindDescriptor(name: "Lamp", plural: "lamps", singular: "lamp")

    struct Spec: Codable, Sendable, Equatable {
        var room = "hall"
        var level = 0
    }

    struct Status: ResourceStatus {
        var observedGeneration: Int64?
        var conditions: [Condition] = []
        var level = 0
        var note = ""
    }

    static let columns: [Column<Lamp>] = []
}

/// A second kind, on which lamps depend.
enum Room: Kind {
    static let descriptor = KindDescriptor(name: "Room", plural: "rooms", singular: "room")

    struct Spec: Codable, Sendable, Equatable {
        var lamps: [String] = []
        var limit = 10
    }

    struct Status: ResourceStatus {
        var observedGeneration: Int64?
        var conditions: [Condition] = []
        var level = 0
    }

    static let columns: [Column<Room>] = []
}

/// Does to lamps what the test says.
struct LampController: Controller {
    enum Action: Equatable, Sendable, CustomStringConvertible {
        case turn(to: Int)
        case check

        var description: String {
            switch self {
            case .turn(let level): "turn to \(level)"
            case .check: "check"
            }
        }
    }

    static let name = "LampController"
    static let inputs: [Input] = [.mapping(Room.self) { room, _ in room.spec.lamps }]
    static let outputs: [Output] = [.status(of: Lamp.self)]

    var onPlan: @Sendable (Resource<Lamp>, World) -> Plan<Lamp, Action>
    var onPerform: @Sendable (Action) async throws(DriverError) -> Facts<Lamp>

    init(
        plan: @escaping @Sendable (Resource<Lamp>, World) -> Plan<Lamp, Action> = LampController.turn,
        perform: @escaping @Sendable (Action) async throws(DriverError) -> Facts<Lamp> = LampController.obey
    ) {
        onPlan = plan
        onPerform = perform
    }

    func plan(_ lamp: Resource<Lamp>, in world: World) -> Plan<Lamp, Action> { onPlan(lamp, world) }
    func perform(_ action: Action) async throws(DriverError) -> Facts<Lamp> { try await onPerform(action) }

    /// The simplest useful plan: turn it until it is as wanted.
    @Sendable static func turn(_ lamp: Resource<Lamp>, in world: World) -> Plan<Lamp, Action> {
        lamp.spec.level == lamp.status.level ? .nothing : .nothing.then(.turn(to: lamp.spec.level))
    }

    @Sendable static func obey(_ action: Action) async throws(DriverError) -> Facts<Lamp> {
        switch action {
        case .turn(let level): Facts { $0.level = level }
        case .check: .none
        }
    }
}

/// Owns rooms and makes their lamps.
struct RoomController: Controller {
    enum Action: Equatable, Sendable, CustomStringConvertible {
        case none
        var description: String { "none" }
    }

    static let name = "RoomController"
    static let inputs: [Input] = [.mapping(Lamp.self) { lamp, _ in [lamp.spec.room] }]
    static let outputs: [Output] = [.spec(of: Lamp.self), .status(of: Room.self)]

    var onPlan: @Sendable (Resource<Room>, World) -> Plan<Room, Action>

    func plan(_ room: Resource<Room>, in world: World) -> Plan<Room, Action> { onPlan(room, world) }
    func perform(_ action: Action) async throws(DriverError) -> Facts<Room> { .none }
}
