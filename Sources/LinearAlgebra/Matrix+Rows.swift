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
    /// With all rows of another matrix before each of some rows.
    /// - Parameter places: ascending; the last is the number of rows, before
    ///   which nothing is put.
    package func insertingRows(_ other: Matrix, beforeEach places: [Int]) -> Matrix {
        precondition(other.columns == columns && places.last ?? 0 == rows, "shapes differ")
        let insertions = max(places.count - 1, 0)
        var result = Matrix(uninitializedRows: rows + insertions * other.rows, columns: columns)
        let columns = columns
        read { source in
            other.read { inserted in
                result.write { target in
                    Self.walk(places, inserting: other.rows) { range, start, isInserted in
                        (target + start * columns).update(
                            from: isInserted ? inserted : source + range.lowerBound * columns,
                            count: range.count * columns)
                    }
                }
            }
        }
        return result
    }

    /// The way back of `insertingRows`: what was not inserted, and the sum of
    /// what was over all places.
    package func removingRows(_ count: Int, beforeEach places: [Int]) -> (rest: Matrix, sum: Matrix) {
        var rest = Matrix(uninitializedRows: places.last ?? 0, columns: columns)
        var sum = Matrix(rows: count, columns: columns)
        let columns = columns
        read { source in
            rest.write { rest in
                sum.write { sum in
                    Self.walk(places, inserting: count) { range, start, isInserted in
                        if isInserted {
                            VectorKernels.best.table.add(
                                sum, source + start * columns, 1, range.count * columns)
                        } else {
                            (rest + range.lowerBound * columns).update(
                                from: source + start * columns, count: range.count * columns)
                        }
                    }
                }
            }
        }
        return (rest, sum)
    }

    /// Each stretch of rows in order: its range, and where it begins when all
    /// stretches lie one after the other.
    private static func walk(
        _ places: [Int], inserting count: Int, _ body: (Range<Int>, _ start: Int, _ isInserted: Bool) -> Void
    ) {
        var (row, start) = (0, 0)
        for (index, place) in places.enumerated() {
            body(row..<place, start, false)
            start += place - row
            row = place
            guard index < places.count - 1 else { continue }
            body(0..<count, start, true)
            start += count
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

extension Matrix {
    /// The same elements in order in another shape.
    package func reshaped(rows: Int, columns: Int) -> Matrix {
        precondition(rows * columns == count, "\(count) elements as \(rows)x\(columns)")
        return Matrix(rows: rows, columns: columns, values: values)
    }

    /// The first rows.
    package func firstRows(_ count: Int) -> Matrix { gatherRows(Array(0..<count)) }

    /// A stretch of the rows.
    package func rows(_ range: Range<Int>) -> Matrix { gatherRows(Array(range)) }

    /// From the last to the first.
    package func reversedRows() -> Matrix { gatherRows((0..<rows).reversed()) }

    /// The first columns.
    package func firstColumns(_ count: Int) -> Matrix { columns(0..<count) }

    /// A stretch of the columns.
    package func columns(_ range: Range<Int>) -> Matrix {
        precondition(range.upperBound <= columns, "columns \(range) of \(columns)")
        var result = Matrix(uninitializedRows: rows, columns: range.count)
        let (rows, columns) = (rows, columns)
        read { source in
            result.write { target in
                for row in 0..<rows {
                    (target + row * range.count).update(
                        from: source + row * columns + range.lowerBound, count: range.count)
                }
            }
        }
        return result
    }

    /// Matrices with equally many rows side by side.
    package init(joiningColumnsOf parts: [Matrix]) {
        let rows = parts.first?.rows ?? 0
        precondition(parts.allSatisfy { $0.rows == rows }, "rows differ")
        let columns = parts.reduce(0) { $0 + $1.columns }
        self.init(uninitializedRows: rows, columns: columns)
        write { target in
            var start = 0
            for part in parts {
                part.read { source in
                    for row in 0..<rows {
                        (target + row * columns + start).update(
                            from: source + row * part.columns, count: part.columns)
                    }
                }
                start += part.columns
            }
        }
    }

    /// With zeros after the last row or column.
    package func paddingRows(to count: Int) -> Matrix {
        count == rows
            ? self : Matrix(joiningRowsOf: [self, Matrix(rows: count - rows, columns: columns)])
    }

    package func paddingColumns(to count: Int) -> Matrix {
        count == columns ? self : joiningColumns(of: Matrix(rows: rows, columns: count - columns))
    }

    /// Another matrix's columns after these.
    package func joiningColumns(of other: Matrix) -> Matrix { Matrix(joiningColumnsOf: [self, other]) }

    /// The rows of matrices with equally many columns, one after the other;
    /// none of nothing.
    public init(joiningRowsOf parts: [Matrix]) {
        let columns = parts.first?.columns ?? 1
        precondition(parts.allSatisfy { $0.columns == columns }, "columns differ")
        self.init(uninitializedRows: parts.reduce(0) { $0 + $1.rows }, columns: columns)
        write { target in
            var next = target
            for part in parts {
                part.read { next.update(from: $0, count: part.count) }
                next += part.count
            }
        }
    }
}
