import COpenBLAS

/// Products in float32 by OpenBLAS: the path that runs everywhere.
package struct OpenBLASProducts: ProductLibrary {
    package init() {}

    package var description: String { BLAS.description }
    package var operandType: ElementType { .float32 }

    package func packed(_ factor: Operand, isTransposed: Bool) -> PackedFactor? { nil }

    package func operand(_ matrix: Matrix) -> Operand { .float32(matrix) }

    package func gelu(_ x: Operand) -> Operand { .float32(Activation.gelu.forward(x.matrix)) }

    package func geluBackward(_ dy: Operand, input x: Operand) -> Operand {
        .float32(Activation.gelu.backward(dy.matrix, input: x.matrix))
    }

    package func run(
        _ shape: ProductShape, a: UnsafeRawPointer, b: UnsafeRawPointer, bias: UnsafePointer<Float>?,
        c: UnsafeMutableRawPointer
    ) {
        guard let layout = shape.b else { preconditionFailure("OpenBLAS packs nothing") }
        let (a, b) = (a.assumingMemoryBound(to: Float.self), b.assumingMemoryBound(to: Float.self))
        let c = c.assumingMemoryBound(to: Float.self)
        for index in 0..<shape.batch {
            let c = c + index * shape.c.batchStride
            if let bias {
                for row in 0..<shape.m { (c + row * shape.c.rowStride).update(from: bias, count: shape.n) }
            }
            cblas_sgemm(
                CblasRowMajor, shape.a.isTransposed ? CblasTrans : CblasNoTrans,
                layout.isTransposed ? CblasTrans : CblasNoTrans, blasint(shape.m), blasint(shape.n),
                blasint(shape.k), 1, a + index * shape.a.batchStride,
                shape.a.leadingDimension(rows: shape.m, columns: shape.k), b + index * layout.batchStride,
                layout.leadingDimension(rows: shape.k, columns: shape.n),
                shape.accumulates || shape.hasBias ? 1 : 0, c, blasint(max(shape.c.rowStride, 1)))
        }
    }
}

extension ProductShape.Factor {
    fileprivate var isTransposed: Bool { columnStride != 1 }

    /// A single row or column has no stride of its own; BLAS still checks it.
    fileprivate func leadingDimension(rows: Int, columns: Int) -> blasint {
        blasint(max(isTransposed ? columnStride : rowStride, isTransposed ? rows : columns, 1))
    }
}
