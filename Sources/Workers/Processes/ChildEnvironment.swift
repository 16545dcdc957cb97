/// What a process that trains may see of the worker's environment.
///
/// A trainer is foreign code, or trains on foreign data: it gets no way to the
/// database and no secrets.
package enum ChildEnvironment {
    /// The environment of a child of a worker that has `environment`.
    ///
    /// The native engine always runs one thread a slot, because the number of
    /// threads may change the bits of its results; a command may have been
    /// given more.
    package static func make(
        from environment: [String: String], native: Bool, cpuFlags: Set<String>
    ) -> [String: String] {
        var result = environment.filter { !isSecret($0.key) }
        for name in threadCounts where native || result[name] == nil { result[name] = "1" }
        if native {
            // oneDNN's switches change bits, and must not do it unseen.
            result = result.filter { !$0.key.hasPrefix("DNNL_") && !$0.key.hasPrefix("ONEDNN_") }
            result[BLASKernel.variable] = BLASKernel.coreType(cpuFlags: cpuFlags, environment: environment)
        }
        // Python holds back what it prints into a pipe; reports would come late.
        if result["PYTHONUNBUFFERED"] == nil { result["PYTHONUNBUFFERED"] = "1" }
        return result
    }

    /// How many threads a child of a worker that has `environment` trains with;
    /// nil where it decides by itself.
    package static func threads(in environment: [String: String], native: Bool) -> Int? {
        native ? 1 : Int(environment[threadCounts[0]] ?? "1")
    }

    private static let threadCounts = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]

    private static func isSecret(_ name: String) -> Bool {
        let name = name.uppercased()
        // Hugging Face's switch for threads in tokenizers, not a token.
        if name == "TOKENIZERS_PARALLELISM" { return false }
        if name.hasPrefix("PG") || name == "DATABASE_URL" { return true }
        return ["PASSWORD", "SECRET", "TOKEN"].contains { name.contains($0) }
    }
}
