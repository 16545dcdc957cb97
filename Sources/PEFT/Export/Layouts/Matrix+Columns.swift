import LinearAlgebra

extension Matrix {
    /// Matrices of equally many rows side by side.
    static func joiningColumns(_ parts: [Matrix]) -> Matrix {
        let rows = parts.first?.rows ?? 0
        let sources = parts.map(\.values)
        var joined: [Float] = []
        for row in 0..<rows {
            for (part, values) in zip(parts, sources) {
                joined += values[row * part.columns..<(row + 1) * part.columns]
            }
        }
        return Matrix(rows: rows, columns: parts.reduce(0) { $0 + $1.columns }, values: joined)
    }

    /// What `joiningColumns` joins, in so many parts of one width.
    func splitColumns(into count: Int) -> [Matrix] {
        let (width, values) = (columns / count, values)
        return (0..<count).map { part in
            var own: [Float] = []
            for row in 0..<rows {
                let start = row * columns + part * width
                own += values[start..<start + width]
            }
            return Matrix(rows: rows, columns: width, values: own)
        }
    }
}
