import CVectorKernels

extension Matrix {
    /// `self += scale * other`, same shape.
    package mutating func add(_ other: Matrix, scale: Float = 1, kernels: VectorKernels = .best) {
        precondition(
            rows == other.rows && columns == other.columns,
            "adding \(other.rows)x\(other.columns) to \(rows)x\(columns)")
        let count = count
        other.read { source in write { kernels.table.add($0, source, scale, count) } }
    }

    /// `self *= scale`.
    package mutating func scale(by scale: Float, kernels: VectorKernels = .best) {
        let count = count
        write { kernels.table.scale($0, scale, count) }
    }

    /// Every row times a (1, columns) row, element by element.
    package func timesEachRow(_ row: Matrix, kernels: VectorKernels = .best) -> Matrix {
        precondition(row.count == columns, "a row of \(row.count) for \(columns) columns")
        var result = Matrix(uninitializedRows: rows, columns: columns)
        let (rows, columns) = (rows, columns)
        read { source in
            row.read { factors in
                result.write { kernels.table.multiply_rows(source, factors, $0, rows, columns) }
            }
        }
        return result
    }

    /// Element by element, same shape.
    package func times(_ other: Matrix, kernels: VectorKernels = .best) -> Matrix {
        precondition(rows == other.rows && columns == other.columns, "shapes differ")
        var result = Matrix(uninitializedRows: rows, columns: columns)
        let count = count
        read { a in
            other.read { b in
                result.write {
                    kernels.table.multiply(a, element_float32, b, $0, element_float32, count)
                }
            }
        }
        return result
    }
}
