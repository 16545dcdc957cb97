import CVectorKernels

/// A matrix in the element type in which products read it.
package enum Operand: Sendable {
    case float32(Matrix)
    case bfloat16(BFloat16Matrix)

    package var rows: Int {
        switch self {
        case .float32(let matrix): matrix.rows
        case .bfloat16(let matrix): matrix.rows
        }
    }

    package var columns: Int {
        switch self {
        case .float32(let matrix): matrix.columns
        case .bfloat16(let matrix): matrix.columns
        }
    }

    package var type: ElementType {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        }
    }

    /// Rounds if the type asks for it.
    package init(_ matrix: Matrix, as type: ElementType) {
        self = type == .float32 ? .float32(matrix) : .bfloat16(BFloat16Matrix(rounding: matrix))
    }

    /// The values in float32, exactly.
    package var matrix: Matrix {
        switch self {
        case .float32(let matrix): matrix
        case .bfloat16(let matrix): matrix.matrix
        }
    }

    /// For a result that is about to be written whole.
    init(uninitializedRows rows: Int, columns: Int, type: ElementType) {
        self =
            type == .float32
            ? .float32(Matrix(uninitializedRows: rows, columns: columns))
            : .bfloat16(BFloat16Matrix(uninitializedRows: rows, columns: columns))
    }

    /// Element by element, same shape, in the type of `other`.
    package func times(_ other: Operand, kernels: VectorKernels = .best) -> Operand {
        precondition(rows == other.rows && columns == other.columns, "shapes differ")
        precondition(type == .float32 || other.type == .bfloat16, "a rounded factor gives a rounded product")
        let result = Operand(uninitializedRows: rows, columns: columns, type: other.type)
        read { x in
            other.read { y in
                result.initialize {
                    kernels.table.multiply(
                        x, type.kernelType, y, $0, other.type.kernelType, rows * columns)
                }
            }
        }
        return result
    }

    /// How it lies in memory as a factor, transposed if asked.
    func layout(isTransposed: Bool) -> ProductShape.Factor {
        isTransposed
            ? .init(type: type, rowStride: 1, columnStride: columns)
            : .init(type: type, rowStride: columns, columnStride: 1)
    }

    /// Rows for which there is room.
    var storedRows: Int {
        switch self {
        case .float32(let matrix): matrix.storage.rows
        case .bfloat16(let matrix): matrix.storage.rows
        }
    }

    /// Valid while the operand is.
    var base: UnsafeRawPointer {
        switch self {
        case .float32(let matrix): UnsafeRawPointer(matrix.storage.base)
        case .bfloat16(let matrix): UnsafeRawPointer(matrix.storage.base)
        }
    }

    func read<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
        withExtendedLifetime(self) { body(base) }
    }

    /// Copies first what something else refers to.
    mutating func write(_ body: (UnsafeMutableRawPointer) -> Void) {
        switch self {
        case .float32(var matrix):
            self = .float32(Matrix(rows: 0, columns: 0))
            matrix.write { body(UnsafeMutableRawPointer($0)) }
            self = .float32(matrix)
        case .bfloat16(var matrix):
            self = .float32(Matrix(rows: 0, columns: 0))
            matrix.write { body(UnsafeMutableRawPointer($0)) }
            self = .bfloat16(matrix)
        }
    }

    /// Only on a result that nothing else refers to yet.
    func initialize(_ body: (UnsafeMutableRawPointer) -> Void) {
        withExtendedLifetime(self) { body(UnsafeMutableRawPointer(mutating: base)) }
    }
}

/// How an element is stored; sums are float32 in any case.
package enum ElementType: String, Sendable, Hashable {
    case float32
    case bfloat16

    /// In bytes.
    var size: Int { self == .float32 ? 4 : 2 }

    var kernelType: element_type { self == .float32 ? element_float32 : element_bfloat16 }
}
