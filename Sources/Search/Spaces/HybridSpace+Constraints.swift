public import Experiments

extension HybridSpace {
    /// The bounds that come with a native space: what keeps `small` small.
    public static func constraints(of space: SearchSpace, shape: ModelShape, outputs: Int) -> [Constraint] {
        guard case .native(let name) = space.meaning,
            let share = SpacePreset.all.first(where: { $0.name == name })?.largestShare
        else { return [] }
        func count(_ components: [Component]) -> Int {
            let configuration = Configuration(components: components, head: HeadSettings(pooler: .frozen))
            return Costs.trainableParameters(of: configuration, shape: shape, labels: outputs)
        }
        let classifier = count([])
        let model =
            count([.unfreeze(Unfreezing(layers: Set(0..<shape.layers), embeddings: true))]) - classifier
        let bound = (share * Double(model)).rounded(.down) + Double(classifier)
        return [
            Constraint(metric: MeasurementName.trainableParameters, comparison: .atMost, bound: bound)
        ]
    }
}
