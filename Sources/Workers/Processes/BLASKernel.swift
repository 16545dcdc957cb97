import Foundation

/// The choice of OpenBLAS's kernels for the processes that train.
public enum BLASKernel {
    /// The variable by which OpenBLAS is told its kernels.
    public static let variable = "OPENBLAS_CORETYPE"
    /// The variable by which a person tells us.
    public static let override = "PEFTSEARCH_OPENBLAS_CORETYPE"

    /// The value of `OPENBLAS_CORETYPE` for a CPU with these flags, or nil to
    /// let OpenBLAS look for itself.
    ///
    /// OpenBLAS 0.3.21 takes CPUs that are newer than itself for a Haswell,
    /// which halves the speed of matrix products where AVX-512 is at hand. An
    /// inherited `OPENBLAS_CORETYPE` does not count: the kernels are part of
    /// a result's compute class, and what an image sets for other programs
    /// must not choose it unseen.
    public static func coreType(cpuFlags: Set<String>, environment: [String: String]) -> String? {
        if let chosen = environment[override], !chosen.isEmpty { return chosen }
        return cpuFlags.isSuperset(of: skylakeFlags) ? "SkylakeX" : nil
    }

    /// The flags of the first processor that `/proc/cpuinfo` lists; empty
    /// where there is none.
    public static func cpuFlags() -> Set<String> {
        let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        return cpuFlags(in: text ?? "")
    }

    /// The flags in the text of `/proc/cpuinfo`.
    package static func cpuFlags(in text: String) -> Set<String> {
        let line = text.split(separator: "\n").first { $0.hasPrefix("flags") }
        guard let flags = line?.split(separator: ":", maxSplits: 1).last else { return [] }
        return Set(flags.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    private static let skylakeFlags: Set<String> = [
        "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd",
    ]
}
