extension Configuration {
    /// - Parameter subject: what errors name.
    /// - Throws: where the head is none of the task's kind.
    public func check(
        for kind: TaskDefinition.Kind, subject: String = "configuration"
    ) throws(InputError) {
        guard kind != .tokenClassification || head.pooler == .absent else {
            throw InputError(
                subject, key: "head.pooler",
                reason:
                    "a token classifier reads every token and has no pooler; found \(head.pooler.rawValue)",
                suggestion: "\"head\": {\"pooler\": \"absent\"}")
        }
    }
}
