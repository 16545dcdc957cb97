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
    /// - Throws: when the configuration names layers the base lacks, or a
    ///   pooler above all rows.
    public static func attach(
        _ configuration: Configuration, to base: BaseModel, classes: Int, reading readRows: ReadRows = .first,
        seed: UInt64
    ) throws(InputError) -> Transformer {
        try configuration.check(against: base.shape)
        if readRows == .all { try configuration.check(for: .tokenClassification) }
        return Attachment(configuration, base: base, classes: classes, seed: seed).build(reading: readRows)
    }
}
