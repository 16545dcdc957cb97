import COpenBLAS
import Foundation

/// The library of matrix products behind `Matrix`.
public enum BLAS {
    /// How many threads a product uses; set once per process.
    public static func setThreads(_ count: Int) { openblas_set_num_threads(Int32(count)) }

    /// Name, version and kernel: `openblas-0.3.21-SkylakeX`.
    public static var description: String {
        let configuration = String(cString: openblas_get_config())
        let words = configuration.split(separator: " ")
        let version = words.count > 1 ? String(words[1]) : "unknown"
        return "openblas-\(version)-\(String(cString: openblas_get_corename()))"
    }
}
