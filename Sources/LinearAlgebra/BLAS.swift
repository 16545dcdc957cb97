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

    /// Keeps freed blocks of any size in the process: without it each large
    /// matrix is mapped and unmapped by the kernel, page by page.
    public static func keepFreedMemory() {
        mallopt(M_MMAP_THRESHOLD, 1 << 30)
        mallopt(M_TRIM_THRESHOLD, Int32.max)
        mallopt(M_TOP_PAD, 64 << 20)
    }
}
