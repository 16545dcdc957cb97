import COpenBLAS
import CVectorKernels

/// Products in float32 by OpenBLAS: the path that runs everywhere.
package struct OpenBLASProducts: ProductLibrary {
    package init() {}

    package var description: String { BLAS.description }
    package var operandType: ElementType { .float32 }

    package func packed(_ factor: Operand, isTransposed: Bool) -> PackedFactor? { nil }

    package func run(_ calls: [ProductCall]) {
        for call in calls { run(call) }
    }

    private func run(_ call: ProductCall) {
        let shape = call.shape
        guard let layout = shape.b else { preconditionFailure("OpenBLAS packs nothing") }
        let a = call.a.assumingMemoryBound(to: Float.self)
        let b = call.b.assumingMemoryBound(to: Float.self)
        let c = call.c.assumingMemoryBound(to: Float.self)
        if let bias = call.bias {
            for row in 0..<shape.m {
                let row = c + row * shape.c.rowStride
                if shape.accumulates {
                    VectorKernels.best.table.add(row, bias, 1, shape.n)
                } else {
                    row.update(from: bias, count: shape.n)
                }
            }
        }
        cblas_sgemm(
            CblasRowMajor, shape.a.isTransposed ? CblasTrans : CblasNoTrans,
            layout.isTransposed ? CblasTrans : CblasNoTrans, blasint(shape.m), blasint(shape.n),
            blasint(shape.k), 1, a, shape.a.leadingDimension(rows: shape.m, columns: shape.k), b,
            layout.leadingDimension(rows: shape.k, columns: shape.n),
            shape.accumulates || shape.hasBias ? 1 : 0, c, blasint(max(shape.c.rowStride, 1)))
    }
}

extension ProductShape.Factor {
    fileprivate var isTransposed: Bool { columnStride != 1 }

    /// A single row or column has no stride of its own; BLAS still checks it.
    fileprivate func leadingDimension(rows: Int, columns: Int) -> blasint {
        blasint(max(isTransposed ? columnStride : rowStride, isTransposed ? rows : columns, 1))
    }
}
