public import Experiments

extension HybridSpace {
    private static let pooler = "head.pooler"
    private static let absent = JSON.string(HeadSettings.Pooler.absent.rawValue)

    /// Overrides with what a task's head demands: a token classifier has no
    /// pooler.
    /// - Throws: where they demand something else.
    public static func overrides(
        _ overrides: [String: ParameterDomain], for kind: TaskDefinition.Kind?
    ) throws(InputError) -> [String: ParameterDomain] {
        guard kind == .tokenClassification else { return overrides }
        var complete = overrides
        let own = complete.updateValue(.choice([absent]), forKey: pooler)
        guard own == nil || own?.values(upTo: 2) == [absent] else {
            throw InputError(
                "space", key: pooler, reason: "a token classifier has no pooler: expected absent alone",
                suggestion: "\(pooler): {choice: [absent]}")
        }
        return complete
    }

    /// Whether every head of the space goes without a pooler.
    static func hasNoPooler(_ space: SearchSpace) -> Bool {
        space.parameters.first { $0.name == pooler }?.domain.values(upTo: 1) == [absent]
    }
}
