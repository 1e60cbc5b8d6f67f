import Drivers
import Engine
import Model
import Testing

struct RegistrationTests {
    @Test
    func `two writers of one part of a kind are refused by name`() throws {
        let expected = EngineError.twoWriters(
            of: "Lamp", part: .status, first: "LampController", second: "SecondLampController")
        #expect(throws: expected) {
            try EngineCore([AnyController(LampController()), AnyController(SecondLampController())])
        }
        #expect(
            expected.description == "LampController and SecondLampController both write the status of Lamp: "
                + "take the output from one of them")
    }

    @Test
    func `two controllers with one name are refused`() throws {
        #expect(throws: EngineError.sameName("LampController")) {
            try EngineCore([AnyController(LampController()), AnyController(LampController())])
        }
    }

    @Test
    func `the graph names every kind, controller, input and output`() {
        let controllers = [AnyController(RoomController { _, _ in .nothing }), AnyController(LampController())]
        #expect(
            controllerGraph(controllers) == """
                flowchart LR
                    Lamp([Lamp])
                    Room([Room])
                    LampController_controller[LampController]
                    RoomController_controller[RoomController]
                    Lamp ==> LampController_controller
                    Room --> LampController_controller
                    LampController_controller -->|status| Lamp
                    Room ==> RoomController_controller
                    Lamp --> RoomController_controller
                    RoomController_controller -->|spec| Lamp
                    RoomController_controller -->|status| Room

                """)
        #expect(controllerGraph(controllers) == controllerGraph(controllers.reversed()))
    }
}

private struct SecondLampController: Controller {
    enum Action: Equatable, Sendable, CustomStringConvertible {
        case none
        var description: String { "none" }
    }

    static let name = "SecondLampController"
    static let inputs: [Input] = []
    static let outputs: [Output] = [.status(of: Lamp.self)]

    func plan(_ lamp: Resource<Lamp>, in world: World) -> Plan<Lamp, Action> { .nothing }
    func perform(_ action: Action) async throws(DriverError) -> Facts<Lamp> { .none }
}
