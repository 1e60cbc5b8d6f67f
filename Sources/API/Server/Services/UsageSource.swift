/// What the device's containers take of processor and memory.
package protocol UsageSource: Sendable {
    /// Measures over a short time; throws when nothing can be known.
    func usage() async throws -> Usage
}

package struct Usage: Sendable, Equatable {
    package struct Share: Sendable, Equatable {
        /// Thousandths of one processor, on the average of the window.
        package var processor: Int
        /// Bytes.
        package var memory: Int

        package init(processor: Int, memory: Int) {
            self.processor = processor
            self.memory = memory
        }
    }

    package var window: Duration
    /// By the container's name; only those that run.
    package var containers: [String: Share]
    package var device: Share

    package init(window: Duration, containers: [String: Share], device: Share) {
        self.window = window
        self.containers = containers
        self.device = device
    }
}

/// What the device is made of.
package struct Hardware: Sendable, Equatable {
    /// 0 = not known.
    package var processors: Int
    /// Bytes.
    package var memory: Int

    package init(processors: Int = 0, memory: Int = 0) {
        self.processors = processors
        self.memory = memory
    }
}

/// A device that measures nothing.
package struct NoUsage: UsageSource {
    package struct Unsupported: Error, CustomStringConvertible {
        package var description: String { "this device measures nothing" }
    }

    package init() {}
    package func usage() async throws -> Usage { throw Unsupported() }
}
