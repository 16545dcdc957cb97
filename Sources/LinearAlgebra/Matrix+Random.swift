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
    public static func dropoutMask(
        rows: Int, columns: Int, probability: Double, using generator: inout some RandomNumberGenerator
    ) -> Matrix {
        var mask = Matrix(uninitializedRows: rows, columns: columns)
        let threshold = UInt64((probability * 65536).rounded())
        let keep = Float(1 / (1 - probability))
        let count = mask.count
        mask.write { target in
            for index in stride(from: 0, to: count, by: 4) {
                var word = generator.next()
                for element in index..<min(index + 4, count) {
                    target[element] = word & 0xFFFF < threshold ? 0 : keep
                    word >>= 16
                }
            }
        }
        return mask
    }
}
