/// A trained tensor that stands in the weights of a folder with code.
struct CodeTensor {
    /// In a network of this program.
    let ours: NamedTensor
    /// The name in Python.
    let theirs: String

    var shape: [Int] { theirs.hasSuffix(".bias") ? [ours.columns] : [ours.rows, ours.columns] }
}
