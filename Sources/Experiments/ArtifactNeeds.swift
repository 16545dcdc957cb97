/// Which trained tensors are kept, and which a machine may let go of: a pure
/// function of what is stored.
///
/// Kept are those of every trial that was ever on the front, and of its
/// replicates; those that some trial's configuration names, as a fusion does;
/// and all of other studies.
public struct ArtifactNeeds: Sendable {
    /// SHA-256 of files that nothing needs, of the study alone.
    public let dispensable: Set<String>
    /// SHA-256 of the study's files that are kept.
    public let kept: Set<String>

    /// - Parameters:
    ///   - trials: of the study, which is complete.
    ///   - replicates: artifacts of its trials' replicates, by trial.
    ///   - versions: of its front.
    ///   - others: trials of all other studies of the store.
    public init(
        trials: [Trial], replicates: [Int: [String]], versions: [FrontVersion], others: [Trial]
    ) {
        let members = Set(versions.flatMap(\.members))
        var own: Set<String> = []
        var needed: Set<String> = []
        for trial in trials {
            let whole = [trial.artifact].compactMap { $0 } + (replicates[trial.number] ?? [])
            own.formUnion(whole)
            own.formUnion(trial.derived.map(\.artifact))
            if members.contains(trial.number) { needed.formUnion(whole) }
            needed.formUnion(trial.configuration.hashes)
        }
        for trial in others {
            needed.formUnion([trial.artifact].compactMap { $0 })
            needed.formUnion(trial.derived.map(\.artifact))
            needed.formUnion(trial.configuration.hashes)
        }
        dispensable = own.subtracting(needed)
        kept = own.intersection(needed)
    }
}

extension JSON {
    /// All texts in it that are written as a SHA-256.
    fileprivate var hashes: [String] {
        switch self {
        case .string(let text): ContentHash.isSHA256(text) ? [text] : []
        case .array(let elements): elements.flatMap(\.hashes)
        case .object(let members): members.values.flatMap(\.hashes)
        case .null, .bool, .integer, .number: []
        }
    }
}
