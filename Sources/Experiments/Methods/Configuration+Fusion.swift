extension Configuration {
    /// How a fresh classifier trains beside a fusion's small rate.
    private static let headScale = 20.0

    /// A configuration that combines the bottlenecks of finished trials of one
    /// study, wherever two of them stand at one site of a layer.
    ///
    /// - Parameters:
    ///   - parents: the first gives the head, batches and epochs.
    ///   - layers: where to combine; nil for all layers.
    ///   - model: the study's.
    /// - Throws: when two of them share no layer, or one shares none with the
    ///   others.
    public static func fusing(
        _ parents: [FusionParent], layers: Set<Int>? = nil, model: ModelReference
    ) throws(InputError) -> Configuration {
        var components: [Component] = []
        var taken: Set<Int> = []
        for site in Bottleneck.Placement.allCases {
            let present = parents.compactMap { parent in parent.bottlenecks[site].map { (parent, $0) } }
            let shared = shared(present.map(\.1), within: layers)
            guard !shared.isEmpty else { continue }
            let members = present.filter { member in
                shared.contains { member.1.widths[$0, default: 0] > 0 }
            }
            taken.formUnion(members.map(\.0.number))
            components.append(
                .fusion(
                    AdapterFusion(
                        adapters: members.map { .init(artifact: $0.0.artifact, bottleneck: $0.1) },
                        layers: shared, model: model.fingerprint)))
        }
        let alone = parents.map(\.number).filter { !taken.contains($0) }
        guard let first = parents.first, parents.count > 1, alone.isEmpty else {
            let which = alone.isEmpty ? parents.map(\.number) : alone
            throw InputError(
                "--trials",
                reason:
                    "\(which.map(String.init).joined(separator: ", ")) share no bottlenecks with other trials"
                    + (layers == nil ? "" : " in these layers"),
                suggestion: "two or more finished trials with bottlenecks at one site of one layer")
        }
        var head = first.configuration.head
        head.learningRateScale = headScale
        var training = first.configuration.training
        training.learningRate = AdapterFusion.typicalLearningRate
        return Configuration(components: components, head: head, training: training)
    }

    /// Where at least two have a width.
    private static func shared(_ bottlenecks: [Bottleneck], within layers: Set<Int>?) -> Set<Int> {
        let present = bottlenecks.flatMap { $0.widths.filter { $0.value > 0 }.keys }
        let counts = present.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        return Set(counts.filter { $0.value > 1 && layers?.contains($0.key) ?? true }.keys)
    }
}
