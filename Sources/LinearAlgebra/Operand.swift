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

    var type: ElementType {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        }
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

    /// How it lies in memory as a factor, transposed if asked.
    func layout(isTransposed: Bool) -> ProductShape.Factor {
        isTransposed
            ? .init(type: type, rowStride: 1, columnStride: columns)
            : .init(type: type, rowStride: columns, columnStride: 1)
    }

    func read<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
        switch self {
        case .float32(let matrix): matrix.read { body(UnsafeRawPointer($0)) }
        case .bfloat16(let matrix): matrix.read { body(UnsafeRawPointer($0)) }
        }
    }

    /// Only on a result that nothing else refers to yet.
    func initialize(_ body: (UnsafeMutableRawPointer) -> Void) {
        switch self {
        case .float32(let matrix): withExtendedLifetime(matrix.storage) { body($0.base) }
        case .bfloat16(let matrix): withExtendedLifetime(matrix.storage) { body($0.base) }
        }
    }
}

/// How an element is stored; sums are float32 in any case.
package enum ElementType: String, Sendable, Hashable {
    case float32
    case bfloat16

    /// In bytes.
    var size: Int { self == .float32 ? 4 : 2 }
}
