/// Layer normalisation over each row (Ba et al. 2016, arXiv 1607.06450):
/// `y = γ·(x - mean)/√(variance + ε) + β`.
public enum LayerNormalization {
    /// What the backward pass needs: the normalised rows and 1/√(variance + ε).
    public struct Cache: Sendable {
        public let normalized: Matrix
        let inverseDeviations: [Float]
    }

    /// `x` (n, d), `weight` and `bias` (1, d); the result is (n, d).
    public static func forward(
        _ x: Matrix, weight: Matrix, bias: Matrix, epsilon: Float
    ) -> (y: Matrix, cache: Cache) {
        let (rows, columns) = (x.rows, x.columns)
        precondition(
            weight.count == columns && bias.count == columns, "a norm of \(weight.count) for \(columns)")
        var normalized = Matrix(uninitializedRows: rows, columns: columns)
        var y = Matrix(uninitializedRows: rows, columns: columns)
        var inverseDeviations = [Float](repeating: 0, count: rows)
        x.read { source in
            normalized.write { unit in
                y.write { target in
                    weight.read { gamma in
                        bias.read { beta in
                            for row in 0..<rows {
                                let start = row * columns
                                let (mean, inverse) = moments(source + start, columns, epsilon)
                                inverseDeviations[row] = inverse
                                forEachChunk(of: columns) { offset, width in
                                    let value = (load(source + start + offset, width) - mean) * inverse
                                    store(value, to: unit + start + offset, width)
                                    let scaled =
                                        value * load(gamma + offset, width) + load(beta + offset, width)
                                    store(scaled, to: target + start + offset, width)
                                }
                            }
                        }
                    }
                }
            }
        }
        return (y, Cache(normalized: normalized, inverseDeviations: inverseDeviations))
    }

    /// The gradient of `x`. Those of weight and bias are sums over rows of
    /// `dy · normalized` and of `dy`.
    public static func backward(_ dy: Matrix, weight: Matrix, cache: Cache) -> Matrix {
        let (rows, columns) = (dy.rows, dy.columns)
        var dx = Matrix(uninitializedRows: rows, columns: columns)
        dy.read { gradient in
            cache.normalized.read { unit in
                weight.read { gamma in
                    dx.write { target in
                        for row in 0..<rows {
                            let start = row * columns
                            var sum = Lanes.zero
                            var projection = Lanes.zero
                            forEachChunk(of: columns) { offset, width in
                                let scaled =
                                    load(gradient + start + offset, width) * load(gamma + offset, width)
                                sum += scaled
                                projection += scaled * load(unit + start + offset, width)
                            }
                            let meanOfGradient = sum.sum() / Float(columns)
                            let meanOfProjection = projection.sum() / Float(columns)
                            let inverse = cache.inverseDeviations[row]
                            forEachChunk(of: columns) { offset, width in
                                let scaled =
                                    load(gradient + start + offset, width) * load(gamma + offset, width)
                                let value =
                                    inverse
                                    * (scaled - meanOfGradient
                                        - load(unit + start + offset, width) * meanOfProjection)
                                store(value, to: target + start + offset, width)
                            }
                        }
                    }
                }
            }
        }
        return dx
    }

    @inline(__always)
    private static func moments(
        _ row: UnsafePointer<Float>, _ columns: Int, _ epsilon: Float
    ) -> (mean: Float, inverseDeviation: Float) {
        var sum = Lanes.zero
        forEachChunk(of: columns) { offset, width in sum += load(row + offset, width) }
        let mean = sum.sum() / Float(columns)
        var squares = Lanes.zero
        var offset = 0
        while offset + Lanes.scalarCount <= columns {
            let deviation = load(row + offset, Lanes.scalarCount) - mean
            squares += deviation * deviation
            offset += Lanes.scalarCount
        }
        var total = squares.sum()
        while offset < columns {
            total += (row[offset] - mean) * (row[offset] - mean)
            offset += 1
        }
        return (mean, 1 / (total / Float(columns) + epsilon).squareRoot())
    }
}
