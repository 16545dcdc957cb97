import Foundation

extension Matrix {
    /// The (1, columns) sum of all rows, added in the order of the rows.
    public func sumOfRows() -> Matrix {
        var result = Matrix(rows: 1, columns: columns)
        let (rows, columns) = (rows, columns)
        read { source in
            result.write { target in
                for index in 0..<rows {
                    forEachChunk(of: columns) { offset, width in
                        let sum =
                            load(target + offset, width) + load(source + index * columns + offset, width)
                        store(sum, to: target + offset, width)
                    }
                }
            }
        }
        return result
    }

    /// The sum of squares, in double precision.
    public func sumOfSquares() -> Double {
        let count = count
        return read { source in
            var sum = SIMD8<Double>.zero
            var offset = 0
            while offset + 8 <= count {
                let values = SIMD8<Double>(
                    UnsafeRawPointer(source + offset).loadUnaligned(as: SIMD8<Float>.self))
                sum += values * values
                offset += 8
            }
            var total = sum.sum()
            while offset < count {
                total += Double(source[offset]) * Double(source[offset])
                offset += 1
            }
            return total
        }
    }

    /// The index of the largest value of each row, the first of equals.
    public func largestInEachRow() -> [Int] {
        read { source in
            (0..<rows).map { row in
                let start = source + row * columns
                var best = 0
                for column in 1..<max(columns, 1) where start[column] > start[best] { best = column }
                return best
            }
        }
    }
}
