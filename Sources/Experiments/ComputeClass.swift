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

    /// Reads what `description` wrote; nil for anything else, as a command may
    /// say of itself.
    public init?(_ description: String) {
        let parts = description.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(instructionSet: parts[2], numerics: parts[1], engine: parts[0], blas: parts[3])
    }

    /// The parts that differ from another one's, in the order in which they
    /// decide: name, this one's, the other's.
    public func differences(from other: ComputeClass) -> [(part: String, this: String, other: String)] {
        [
            ("engine", engine, other.engine),
            ("instruction set", instructionSet, other.instructionSet),
            ("numeric mode", numerics, other.numerics), ("libraries", blas, other.blas),
        ].filter { $0.1 != $0.2 }
    }
}
