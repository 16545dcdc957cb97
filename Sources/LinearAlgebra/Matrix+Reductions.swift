import CVectorKernels

extension Matrix {
    /// The (1, columns) sum of all rows, added in the order of the rows.
    package func sumOfRows(kernels: VectorKernels = .best) -> Matrix {
        var result = Matrix(uninitializedRows: 1, columns: columns)
        let (rows, columns) = (rows, columns)
        read { source in
            result.write { kernels.table.sum_rows(source, $0, rows, columns) }
        }
        return result
    }

    /// The sum of squares, in double precision.
    package func sumOfSquares(kernels: VectorKernels = .best) -> Double {
        read { kernels.table.sum_of_squares($0, count) }
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
