extension Matrix {
    /// `self += scale * other`, same shape.
    public mutating func add(_ other: Matrix, scale: Float = 1) {
        precondition(
            rows == other.rows && columns == other.columns,
            "adding \(other.rows)x\(other.columns) to \(rows)x\(columns)")
        let count = count
        other.read { source in
            write { target in
                forEachChunk(of: count) { offset, width in
                    let sum = load(target + offset, width) + scale * load(source + offset, width)
                    store(sum, to: target + offset, width)
                }
            }
        }
    }

    /// `self *= scale`.
    public mutating func scale(by scale: Float) {
        let count = count
        write { target in
            forEachChunk(of: count) { offset, width in
                store(scale * load(target + offset, width), to: target + offset, width)
            }
        }
    }

    /// Adds a (1, columns) row to every row.
    public mutating func addToEachRow(_ row: Matrix) {
        precondition(row.count == columns, "a row of \(row.count) for \(columns) columns")
        let (rows, columns) = (rows, columns)
        row.read { source in
            write { target in
                for index in 0..<rows {
                    let start = target + index * columns
                    forEachChunk(of: columns) { offset, width in
                        store(
                            load(start + offset, width) + load(source + offset, width), to: start + offset,
                            width)
                    }
                }
            }
        }
    }

    /// Every row times a (1, columns) row, element by element.
    public func timesEachRow(_ row: Matrix) -> Matrix {
        precondition(row.count == columns, "a row of \(row.count) for \(columns) columns")
        var result = Matrix(uninitializedRows: rows, columns: columns)
        let (rows, columns) = (rows, columns)
        read { source in
            row.read { factors in
                result.write { target in
                    for index in 0..<rows {
                        forEachChunk(of: columns) { offset, width in
                            let at = index * columns + offset
                            store(
                                load(source + at, width) * load(factors + offset, width), to: target + at,
                                width)
                        }
                    }
                }
            }
        }
        return result
    }

    /// Element by element, same shape.
    public func times(_ other: Matrix) -> Matrix { mapLanes(with: other) { $0 * $1 } }

    /// The same values in `count` equal rows.
    public static func repeating(row: Matrix, count: Int) -> Matrix {
        var result = Matrix(uninitializedRows: count, columns: row.count)
        let columns = row.count
        row.read { source in
            result.write { target in
                for index in 0..<count { (target + index * columns).update(from: source, count: columns) }
            }
        }
        return result
    }
}
