import JSON

/// What the active revision boots, and the modules and firmware it brings for its kernel; one resource called `current`.
package enum BSP: Kind {
    package static let descriptor = KindDescriptor(
        name: "BSP", plural: "bsps", singular: "bsp", shortNames: [])

    package static let currentName = "current"
    /// What its volumes belong to, where containers' volumes have the container's name.
    package static let owner = "bsp"
    /// Held until modules and firmware are where they were before.
    package static let unbindFinalizer = "pantavisor.io/unbind"

    package struct Spec: Codable, Sendable, Equatable {
        package var revision: String
        package var kernel: String?
        package var initrd: String?
        package var fdt: String?
        package var fit: String?
        package var rpiab: String?
        package var addons: [String]
        /// Images, relative to `bsp/`.
        package var modules: String?
        package var firmware: String?

        package init(
            revision: String, kernel: String? = nil, initrd: String? = nil, fdt: String? = nil, fit: String? = nil,
            rpiab: String? = nil, addons: [String] = [], modules: String? = nil, firmware: String? = nil
        ) {
            self.revision = revision
            self.kernel = kernel
            self.initrd = initrd
            self.fdt = fdt
            self.fit = fit
            self.rpiab = rpiab
            self.addons = addons
            self.modules = modules
            self.firmware = firmware
        }
    }

    package struct Status: ResourceStatus {
        package var observedGeneration: Int64?
        package var conditions: [Condition] = []
        /// Fact: where modules and firmware are bound; nil until somebody looked.
        package var bound: [String]?
        package init() {}

        package var isReady: Bool { conditions.isTrue("Mounted") }
    }

    package static let columns: [Column<BSP>] = [
        Column("Kernel", about: "what is booted") { .init($0.spec.kernel ?? $0.spec.fit ?? $0.spec.rpiab) },
        Column("Modules", about: "image of kernel modules") { .init($0.spec.modules) },
        Column("Firmware", about: "image of firmware") { .init($0.spec.firmware) },
        Column("Mounted", .boolean, about: "whether both are where the kernel looks") { .bool($0.status.isReady) },
        Column("Revision", wide: true, about: "revision it comes from") { .string($0.spec.revision) },
    ]

    package static let schema = """
        spec object What the revision says.
          revision string The revision it comes from.
          kernel? string Kernel image.
          initrd? string First filesystem of the kernel.
          fdt? string Device tree.
          fit? string FIT image, instead of kernel and initrd.
          rpiab? string Raspberry Pi boot image, instead of kernel and initrd.
          addons [string] Archives that are appended to the initrd.
          modules? string Image of modules for this kernel.
          firmware? string Image of firmware.
        status object What was observed.
          bound? [string] Where modules and firmware are bound; missing until somebody looked.
        """
}
