/// What bytes of a result may depend on besides its record: byte equality is
/// claimed within one compute class and recorded with each trial.
public struct ComputeClass: Sendable, Hashable, CustomStringConvertible {
    /// The widest instruction set in use: `x86_64-avx512`, `x86_64-avx2`, ...
    public var instructionSet: String
    /// `float32`.
    public var numerics: String
    /// The engine and its version: `native-1`.
    public var engine: String
    /// The library of matrix products with its version and kernel:
    /// `openblas-0.3.21-SkylakeX`.
    public var blas: String

    public init(instructionSet: String, numerics: String, engine: String, blas: String) {
        self.instructionSet = instructionSet
        self.numerics = numerics
        self.engine = engine
        self.blas = blas
    }

    public var description: String { "\(engine)/\(numerics)/\(instructionSet)/\(blas)" }
}
