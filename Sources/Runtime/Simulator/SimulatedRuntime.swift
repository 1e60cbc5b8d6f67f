import Drivers
import Engine
import FakeDrivers
import JSON
import Model
import Store

/// One life of the runtime.
struct SimulatedRuntime {
    let number: Int
    let store: ResourceStore
    let drivers: FakeDrivers
    var reconciler: Reconciler
    let watch: Watch
    /// What people were shown of each resource.
    var shown: [ResourceKey: [String]] = [:]
}

extension Simulation {
    /// Starts a runtime in the world as it is.
    func startRuntime() {
        restartAt = nil
        started += 1
        log.add(.start, "runtime \(started)")
        let drivers = FakeDrivers(world)
        let uids = Counter()
        let store = ResourceStore(
            firstVersion: ResourceVersion(1), now: { drivers.clock.wall }, uid: { "uid-\(uids.next())" })
        let recorder = Reconciler.sink(EventRecorder(store: store))
        let record: Reconciler.EventSink = { [log] about, note, component in
            log.add(.event, "\(about.key) \(note.level.rawValue) \(note.reason): \(note.message)")
            recorder(about, note, component)
        }
        setup.populate(store, drivers)
        do {
            let core = try EngineCore(setup.controllers(drivers), drawing: generator.split())
            let reconciler = try Reconciler(
                core, store: store, capabilities: Capabilities(), record: record, wake: {})
            let watch = try store.watch(WatchOptions(from: .initialEvents, limit: .max), wake: {})
            runtime = SimulatedRuntime(
                number: started, store: store, drivers: drivers, reconciler: reconciler, watch: watch)
        } catch {
            log.add(.failure, "the runtime cannot start: \(error)")
        }
        for source in setup.sources(drivers, FactSink(store: store)) {
            Task(executorPreference: executor) { await source() }
        }
    }

    /// Drops the runtime that died in the last step, if one did.
    func buryRuntime() {
        guard inbox.takeDeath() else { return }
        if let runtime {
            runtime.watch.cancel()
            self.runtime = nil
            deaths += 1
            log.add(.death, "runtime \(runtime.number)")
        }
        restartAt = now + .milliseconds(100 + Int64(generator.draw(below: 900)))
        guard world.isOff || world.end != nil else { return }
        boots += 1
        world.restart()
        restartAt = now + .seconds(2)
    }

    /// Writes down what changed in what people see.
    func noteChanges() {
        guard let events = runtime?.watch.take(), showsChanges else { return }
        for event in events {
            switch event {
            case .added(let resource), .modified(let resource):
                guard resource.kind != Event.descriptor.name else { continue }
                let columns = resource.shownColumns
                let before = runtime?.shown.updateValue(columns, forKey: resource.key)
                let news = before.map { before in columns.filter { !before.contains($0) } } ?? columns
                if !news.isEmpty { log.add(.change, "\(resource.key) \(news.joined(separator: " "))") }
            case .deleted(let resource):
                if runtime?.shown.removeValue(forKey: resource.key) != nil {
                    log.add(.change, "\(resource.key) is gone")
                }
            case .bookmark: break
            }
        }
    }
}

extension AnyResource {
    /// `Column=cell` for each column of its kind.
    fileprivate var shownColumns: [String] {
        let names = Kinds.named(kind.description).map { $0.columnNames } ?? []
        return cells.enumerated().map { index, cell in
            let value = cell.string ?? String(decoding: cell.compactBytes(), as: UTF8.self)
            return index < names.count ? "\(names[index])=\(value)" : value
        }
    }
}

extension Kind {
    fileprivate static var columnNames: [String] { columns.map(\.name) }
}
