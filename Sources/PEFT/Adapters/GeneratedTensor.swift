import LinearAlgebra

/// A tensor that a linear map generates from a vector: the first numbers of
/// `G·v`, row by row (hypernetworks, Ha et al. 2016, arXiv 1609.09106).
final class GeneratedTensor: Reparameterization {
    /// G, with at least as many rows as the tensor has numbers: (numbers, e).
    private let generator: Parameter
    /// v, (1, e).
    private let embedding: Parameter
    let tensor: Parameter
    private let isTransposed: Bool

    /// - Parameter isTransposed: whether the numbers are the tensor's columns, one
    ///   after the other.
    init(_ tensor: Parameter, by generator: Parameter, from embedding: Parameter, isTransposed: Bool = false)
    {
        self.tensor = tensor
        self.generator = generator
        self.embedding = embedding
        self.isTransposed = isTransposed
    }

    var computed: [Parameter] { [tensor] }

    var sources: [Parameter] { [generator, embedding] }

    func compute() {
        let numbers = Matrix.product(part, embedding.value, transposing: .second)
        let (rows, columns) = (tensor.value.rows, tensor.value.columns)
        tensor.value =
            isTransposed
            ? numbers.reshaped(rows: columns, columns: rows).transposed()
            : numbers.reshaped(rows: rows, columns: columns)
    }

    func backward() {
        guard let gradient = tensor.gradient else { return }
        let dNumbers = (isTransposed ? gradient.transposed() : gradient).reshaped(
            rows: gradient.count, columns: 1)
        embedding.accumulate(.product(dNumbers, part, transposing: .first))
        var dGenerator = Matrix(rows: generator.value.rows, columns: generator.value.columns)
        dGenerator.scatterAddRows(.product(dNumbers, embedding.value), at: Array(0..<gradient.count))
        generator.accumulate(dGenerator)
    }

    /// The rows of G that make the tensor.
    private var part: Matrix { generator.value.firstRows(tensor.value.count) }
}
