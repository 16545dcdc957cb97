public import Experiments
import LinearAlgebra

extension NativeEngine {
    /// The class within which this engine gives equal bytes on this machine.
    /// - Throws: `TrialFailure` where the CPU cannot compute in this mode.
    public func computeClass(numerics: Numerics) throws(TrialFailure) -> ComputeClass {
        computeClass(numerics, try products(numerics))
    }

    func computeClass(of study: Study, _ products: any ProductLibrary) -> String {
        guard case .native(_, let numerics) = study.engine else { return "" }
        return computeClass(numerics, products).description
    }

    private func computeClass(_ numerics: Numerics, _ products: any ProductLibrary) -> ComputeClass {
        let libraries = Set([products.description, OpenBLASProducts().description])
        return ComputeClass(
            instructionSet: instructionSet, numerics: numerics.rawValue, engine: "native-\(Self.version)",
            blas: libraries.sorted().joined(separator: "+"))
    }

    func products(for study: Study) throws(TrialFailure) -> any ProductLibrary {
        guard case .native(let version, let numerics) = study.engine else {
            throw TrialFailure(.invalid, "the study is not of the native engine")
        }
        // Its bytes may differ from those that the record promises.
        guard version == Self.version else {
            throw TrialFailure(
                .crashed, "the study was resolved by native-\(version), this engine is native-\(Self.version)"
            )
        }
        return try products(numerics)
    }

    /// Made once for each of the two: their packed weights are kept with the
    /// base.
    private func products(_ numerics: Numerics) throws(TrialFailure) -> any ProductLibrary {
        if let library = libraries[numerics] { return library }
        let library: (any ProductLibrary)? =
            OneDNNProducts(numerics) ?? (numerics == .float32 ? OpenBLASProducts() : nil)
        guard let library else {
            throw TrialFailure(.crashed, "this machine's CPU has no bfloat16 products, which the study needs")
        }
        libraries[numerics] = library
        return library
    }
}
