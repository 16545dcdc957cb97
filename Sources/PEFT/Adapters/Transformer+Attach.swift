public import Experiments

extension Transformer {
    /// A network of the base with a configuration's components attached and a
    /// fresh classifier.
    ///
    /// The base is not changed: what trains is a copy, so letting go of the
    /// network restores the base bit for bit. A fresh low-rank update or
    /// bottleneck is the identity (B = 0, U = 0).
    ///
    /// - Parameters:
    ///   - readRows: what the classifier reads; all rows it reads without a
    ///     pooler.
    ///   - seed: of the initial values; each tensor has a stream of its own, so
    ///     a component does not shift another's draw.
    ///   - sources: of what components name; nil where they name nothing.
    /// - Throws: when the configuration names layers the base lacks, or a
    ///   pooler above all rows; what the sources do not have.
    public static func attach(
        _ configuration: Configuration, to base: BaseModel, classes: Int, reading readRows: ReadRows = .first,
        seed: UInt64, sources: ComponentSources? = nil
    ) throws(InputError) -> Transformer {
        try configuration.check(against: base.shape)
        if readRows == .all { try configuration.check(for: .tokenClassification) }
        let inputs = try ComponentInputs(of: configuration, for: base, from: sources)
        return Attachment(configuration, base: base, classes: classes, seed: seed, inputs: inputs)
            .build(reading: readRows)
    }
}
