import CVectorKernels

/// Layer normalisation over each row (Ba et al. 2016, arXiv 1607.06450):
/// `y = γ·(x - mean)/√(variance + ε) + β`.
public enum LayerNormalization {
    /// What the backward pass needs: the normalised rows and 1/√(variance + ε).
    public struct Cache: Sendable {
        public let normalized: Matrix
        let inverseDeviations: Matrix
    }

    /// Of x (n, d), or of its sum with a residual (n, d), by weight and bias
    /// (1, d), to (n, d).
    package static func forward(
        _ x: Matrix, plus residual: Matrix? = nil, weight: Matrix, bias: Matrix, epsilon: Float,
        kernels: VectorKernels = .best
    ) -> (y: Matrix, cache: Cache) {
        let (rows, columns) = (x.rows, x.columns)
        precondition(
            weight.count == columns && bias.count == columns, "a norm of \(weight.count) for \(columns)")
        precondition(
            residual == nil || residual!.rows == rows && residual!.columns == columns, "shapes differ")
        var normalized = Matrix(uninitializedRows: rows, columns: columns)
        var inverseDeviations = Matrix(uninitializedRows: 1, columns: rows)
        var y = Matrix(uninitializedRows: rows, columns: columns)
        x.read { x in
            withOptional(residual) { residual in
                weight.read { weight in
                    bias.read { bias in
                        normalized.write { normalized in
                            inverseDeviations.write { inverse in
                                y.write { y in
                                    kernels.table.layer_norm(
                                        x, residual, weight, bias, epsilon, y, normalized, inverse, rows,
                                        columns)
                                }
                            }
                        }
                    }
                }
            }
        }
        return (y, Cache(normalized: normalized, inverseDeviations: inverseDeviations))
    }

    /// The gradient of `x`, and of the residual. Those of weight and bias are
    /// sums over rows of `dy · normalized` and of `dy`.
    package static func backward(
        _ dy: Matrix, weight: Matrix, cache: Cache, kernels: VectorKernels = .best
    ) -> Matrix {
        let (rows, columns) = (dy.rows, dy.columns)
        var dx = Matrix(uninitializedRows: rows, columns: columns)
        dy.read { dy in
            weight.read { weight in
                cache.normalized.read { normalized in
                    cache.inverseDeviations.read { inverse in
                        dx.write { dx in
                            kernels.table.layer_norm_backward(
                                dy, weight, normalized, inverse, dx, rows, columns)
                        }
                    }
                }
            }
        }
        return dx
    }

    private static func withOptional(_ matrix: Matrix?, _ body: (UnsafePointer<Float>?) -> Void) {
        if let matrix { matrix.read(body) } else { body(nil) }
    }
}
