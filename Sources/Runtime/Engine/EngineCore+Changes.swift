package import Model

extension EngineCore {
    /// Who wrote a change.
    package enum Writer: Sendable, Equatable {
        /// Users, sources, results of actions.
        case others
        /// The engine, for a plan.
        case engine
        /// The engine, for a plan of this controller that left everything as it is.
        case observer(String)
    }

    /// Takes in one change of the store.
    ///
    /// `previous` is the resource as it was known before, so that those it used to concern hear of it too.
    package mutating func note(_ changed: AnyResource, previous: AnyResource?, by writer: Writer, in world: World) {
        if writer == .others { epoch += 1 }
        guard let readers = readers[changed.kind] else { return }
        for reader in readers {
            guard let map = reader.map else {
                if writer != .observer(controllers[reader.controller].name) {
                    touch(reader.controller, changed.name, Intent(of: changed))
                }
                continue
            }
            var names = map(changed, world)
            if let previous, previous.metadata.generation != changed.metadata.generation {
                for name in map(previous, world) where !names.contains(name) { names.append(name) }
            }
            // The store keeps no order of names that two processes would share, and a seed must give one history.
            for name in names.sorted() { touch(reader.controller, name, nil) }
        }
    }

    /// Makes everything ready whose time has come.
    package mutating func advance(to now: Instant) {
        while let place = timers.popDue(at: now) {
            epoch += 1
            switch subjects[place].phase {
            case .idle, .backingOff: enqueue(place)
            case .acting, .planning: subjects[place].isDirty = true
            case .queued: break
            }
        }
    }

    /// Asks for a plan of a subject.
    ///
    /// Only a new wish for the subject itself ends a back-off early: anything else may be an echo of the failure.
    private mutating func touch(_ controller: Int, _ name: String, _ intent: Intent?) {
        let place = places[controller][name] ?? add(controller, name)
        switch subjects[place].phase {
        case .idle: enqueue(place)
        case .queued: break
        case .planning, .acting: subjects[place].isDirty = true
        case .backingOff:
            if let intent, intent != subjects[place].intent { enqueue(place) }
        }
    }

    mutating func enqueue(_ place: Int) {
        subjects[place].phase = .queued
        ready.append(place)
    }

    private mutating func add(_ controller: Int, _ name: String) -> Int {
        let subject = Subject(controller: controller, name: name)
        let place: Int
        if let reused = free.popLast() {
            subjects[reused] = subject
            place = reused
        } else {
            subjects.append(subject)
            place = subjects.count - 1
        }
        places[controller][name] = place
        return place
    }

    /// Forgets a subject whose resource is gone and that does nothing.
    mutating func remove(_ place: Int) {
        timers.set(place, at: nil)
        places[subjects[place].controller][subjects[place].name] = nil
        subjects[place].pending = []
        free.append(place)
    }
}
