import CVectorKernels
import Foundation

extension Matrix {
    /// Uniform in -bound ... bound.
    public static func uniform(
        rows: Int, columns: Int, bound: Double, using generator: inout some RandomNumberGenerator
    ) -> Matrix {
        let values = (0..<rows * columns).map { _ in
            Float((Double(generator.next() >> 11) * 0x1p-52 - 1) * bound)
        }
        return Matrix(rows: rows, columns: columns, values: values)
    }

    /// Normal with mean 0 (Box and Muller 1958).
    public static func normal(
        rows: Int, columns: Int, deviation: Double, using generator: inout some RandomNumberGenerator
    ) -> Matrix {
        let values = (0..<rows * columns).map { _ in
            let radius = (-2 * log(1 - Double(generator.next() >> 11) * 0x1p-53)).squareRoot()
            let angle = 2 * Double.pi * Double(generator.next() >> 11) * 0x1p-53
            return Float(deviation * radius * cos(angle))
        }
        return Matrix(rows: rows, columns: columns, values: values)
    }

    /// 0 with `probability` (to 1/65536), else 1/(1 - probability): inverted
    /// dropout (Srivastava et al. 2014). One draw of the generator makes four
    /// elements.
    package static func dropoutMask(
        rows: Int, columns: Int, probability: Double, using generator: inout some RandomNumberGenerator,
        kernels: VectorKernels = .best
    ) -> Matrix {
        var mask = Matrix(uninitializedRows: rows, columns: columns)
        let threshold = UInt32((probability * 65536).rounded())
        let keep = Float(1 / (1 - probability))
        let count = mask.count
        mask.write { target in
            // A few at a time, so that the draws stay in the first cache.
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 1024) { words in
                for start in stride(from: 0, to: count, by: 4096) {
                    let part = min(4096, count - start)
                    for index in 0..<(part + 3) / 4 { words[index] = generator.next().littleEndian }
                    words.withMemoryRebound(to: UInt16.self) { draws in
                        kernels.table.dropout_mask(
                            draws.baseAddress!, threshold, keep, target + start, part)
                    }
                }
            }
        }
        return mask
    }
}
