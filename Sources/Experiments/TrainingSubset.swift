/// How much of the training split is used, drawn with the study's seed after
/// the validation share was set aside.
public enum TrainingSubset: Sendable, Hashable {
    /// So many examples of every label; classification alone.
    case perClass(Int)
    /// So many examples, whatever their labels.
    case examples(Int)
}
