import CVectorKernels

extension Matrix {
    /// The rows at `indices`, in that order.
    public func gatherRows(_ indices: [Int]) -> Matrix {
        var result = Matrix(uninitializedRows: indices.count, columns: columns)
        let (rows, columns) = (rows, columns)
        read { source in
            result.write { target in
                for (position, index) in indices.enumerated() {
                    precondition((0..<rows).contains(index), "row \(index) of \(rows)")
                    (target + position * columns).update(from: source + index * columns, count: columns)
                }
            }
        }
        return result
    }

    /// Adds row i of `other` to row `indices[i]`, in the order of i.
    public mutating func scatterAddRows(_ other: Matrix, at indices: [Int]) {
        precondition(other.rows == indices.count && other.columns == columns, "shapes differ")
        let (rows, columns) = (rows, columns)
        other.read { source in
            write { target in
                for (position, index) in indices.enumerated() {
                    precondition((0..<rows).contains(index), "row \(index) of \(rows)")
                    VectorKernels.best.table.add(
                        target + index * columns, source + position * columns, 1, columns)
                }
            }
        }
    }
}

extension Matrix {
    /// (columns, rows).
    public func transposed() -> Matrix {
        var result = Matrix(uninitializedRows: columns, columns: rows)
        let (rows, columns) = (rows, columns)
        read { source in
            result.write { target in
                for row in 0..<rows {
                    for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
                }
            }
        }
        return result
    }
}

extension Matrix {
    /// Sets a row to 0.
    public mutating func clearRow(_ row: Int) {
        precondition((0..<rows).contains(row), "row \(row) of \(rows)")
        let columns = columns
        write { ($0 + row * columns).update(repeating: 0, count: columns) }
    }
}
