import CVectorKernels

extension Matrix {
    /// Every row plus a (1, columns) row times `scale`.
    package func addingToEachRow(_ row: Matrix, scale: Float = 1) -> Matrix {
        precondition(row.count == columns, "a row of \(row.count) for \(columns) columns")
        var result = self
        let (rows, columns) = (rows, columns)
        row.read { source in
            result.write { target in
                for index in 0..<rows {
                    VectorKernels.best.table.add(target + index * columns, source, scale, columns)
                }
            }
        }
        return result
    }

    /// Row i times element i of a (1, rows) row: `diag(factors)·self`.
    package func timesEachColumn(_ factors: Matrix) -> Matrix {
        precondition(factors.count == rows, "a row of \(factors.count) for \(rows) rows")
        var result = self
        let (rows, columns) = (rows, columns)
        factors.read { factors in
            result.write { target in
                for index in 0..<rows {
                    VectorKernels.best.table.scale(target + index * columns, factors[index], columns)
                }
            }
        }
        return result
    }

    /// The Euclidean length of every row, (1, rows), summed in double
    /// precision.
    package func rowLengths() -> Matrix {
        var lengths = Matrix(uninitializedRows: 1, columns: rows)
        let (rows, columns) = (rows, columns)
        read { source in
            lengths.write { target in
                for index in 0..<rows {
                    let squares = VectorKernels.best.table.sum_of_squares(source + index * columns, columns)
                    target[index] = Float(squares.squareRoot())
                }
            }
        }
        return lengths
    }

    /// Element by element of two of one shape: for rows, not for large
    /// matrices.
    package func map(with other: Matrix, _ combine: (Float, Float) -> Float) -> Matrix {
        precondition(rows == other.rows && columns == other.columns, "shapes differ")
        return Matrix(rows: rows, columns: columns, values: zip(values, other.values).map(combine))
    }

    /// Element by element: for small matrices.
    package func map(_ transform: (Float) -> Float) -> Matrix {
        Matrix(rows: rows, columns: columns, values: values.map(transform))
    }
}
