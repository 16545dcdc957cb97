/// A matrix in 4-bit NormalFloat with double quantisation (Dettmers et al.
/// 2023, arXiv 2305.14314): blocks of 64 elements in row-major order share a
/// largest magnitude, and blocks of 256 of those share one too. 4.13 bits an
/// element.
package struct NF4Matrix: Sendable {
    package let rows: Int
    package let columns: Int
    /// Two codes a byte, the first in the upper half.
    private let codes: [UInt8]
    /// Of each block's largest magnitude less their mean.
    private let magnitudes: [UInt8]
    private let magnitudeScales: [Float]
    private let meanMagnitude: Float

    private static let block = 64
    private static let magnitudeBlock = 256

    /// Quantiles of a normal distribution, 0 among them.
    private static let levels: [Float] = [
        -1, -0.6961928, -0.52507305, -0.3949175, -0.28444138, -0.18477343, -0.091050036, 0, 0.0795803,
        0.1609302, 0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684, 1,
    ]

    /// An exponent of base 10 and a linear fraction of 0 to 6 bits (Dettmers
    /// 2016, arXiv 1511.04561): 256 ascending numbers in -1 ... 1.
    private static let magnitudeLevels: [Float] = {
        var levels: [Double] = [0, 1]
        var scale = 1e-6
        for bits in 0..<7 {
            let count = 1 << bits
            for index in 0..<count {
                let mean = 0.1 + 0.9 * (Double(index) + 0.5) / Double(count)
                levels += [scale * mean, -scale * mean]
            }
            scale *= 10
        }
        return levels.sorted().map(Float.init)
    }()

    /// Rounds each element to the nearest level of its block.
    package init(quantizing matrix: Matrix) {
        rows = matrix.rows
        columns = matrix.columns
        let values = matrix.values
        let starts = stride(from: 0, to: values.count, by: Self.block)
        let largest = starts.map { start in
            values[start..<min(start + Self.block, values.count)].reduce(0) { max($0, abs($1)) }
        }
        var codes = [UInt8](repeating: 0, count: (values.count + 1) / 2)
        for (index, value) in values.enumerated() {
            let magnitude = largest[index / Self.block]
            let code = Self.nearest(magnitude > 0 ? value / magnitude : 0, in: Self.levels)
            codes[index / 2] |= UInt8(code) << (index % 2 == 0 ? 4 : 0)
        }
        self.codes = codes
        let mean = Float(largest.reduce(0.0) { $0 + Double($1) } / Double(max(largest.count, 1)))
        meanMagnitude = mean
        let excess = largest.map { $0 - mean }
        magnitudeScales = stride(from: 0, to: excess.count, by: Self.magnitudeBlock).map { start in
            excess[start..<min(start + Self.magnitudeBlock, excess.count)].reduce(0) { max($0, abs($1)) }
        }
        let scales = magnitudeScales
        magnitudes = excess.enumerated().map { index, value in
            let scale = scales[index / Self.magnitudeBlock]
            return UInt8(Self.nearest(scale > 0 ? value / scale : 0, in: Self.magnitudeLevels))
        }
    }

    /// The values that the codes stand for.
    package var matrix: Matrix {
        let largest = magnitudes.enumerated().map { index, code in
            Self.magnitudeLevels[Int(code)] * magnitudeScales[index / Self.magnitudeBlock] + meanMagnitude
        }
        let values = (0..<rows * columns).map { index in
            let byte = codes[index / 2]
            return Self.levels[Int(index % 2 == 0 ? byte >> 4 : byte & 15)] * largest[index / Self.block]
        }
        return Matrix(rows: rows, columns: columns, values: values)
    }

    /// Of memory.
    package var bytes: Int { codes.count + magnitudes.count + 4 * (magnitudeScales.count + 1) }

    /// The index of the nearest of ascending levels; NaN has the last.
    private static func nearest(_ value: Float, in levels: [Float]) -> Int {
        var (low, high) = (0, levels.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if value < levels[middle] { high = middle } else { low = middle }
        }
        return value - levels[low] <= levels[high] - value ? low : high
    }
}
