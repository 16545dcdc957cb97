import Foundation

/// A dense matrix of float32, row-major, with value semantics.
///
/// Copies share storage until one of them is changed. All pointer work of the
/// project's numerics happens in this target: in closures over `Matrix`
/// storage that never let a pointer out.
public struct Matrix: Sendable {
    public let rows: Int
    public let columns: Int
    var storage: Storage<Float>

    /// Zeros.
    public init(rows: Int, columns: Int) {
        self.init(uninitializedRows: rows, columns: columns)
        storage.base.update(repeating: 0, count: count)
    }

    /// `rows * columns` values in row-major order.
    public init(rows: Int, columns: Int, values: [Float]) {
        precondition(values.count == rows * columns, "\(values.count) values for a \(rows)x\(columns) matrix")
        self.init(uninitializedRows: rows, columns: columns)
        values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { storage.base.update(from: start, count: count) }
        }
    }

    /// For results that are about to be written whole.
    init(uninitializedRows rows: Int, columns: Int) {
        precondition(rows >= 0 && columns >= 0, "a matrix of \(rows)x\(columns)")
        self.init(rows: rows, columns: columns, storage: PooledStorage(rows: rows, columns: columns))
    }

    init(rows: Int, columns: Int, storage: Storage<Float>) {
        self.rows = rows
        self.columns = columns
        self.storage = storage
    }

    /// A row vector.
    public init(row values: [Float]) { self.init(rows: 1, columns: values.count, values: values) }

    public var count: Int { rows * columns }

    /// Returns memory that no matrix uses to the system: what one job needed
    /// at most is not held through the next.
    public static func releaseUnusedMemory() { BufferPool.shared.releaseUnused() }

    /// All values in row-major order.
    public var values: [Float] {
        read { Array(UnsafeBufferPointer(start: $0, count: count)) }
    }

    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(
                (0..<rows).contains(row) && (0..<columns).contains(column), "index outside the matrix")
            return read { $0[row * columns + column] }
        }
        set {
            precondition(
                (0..<rows).contains(row) && (0..<columns).contains(column), "index outside the matrix")
            let index = row * columns + column
            write { $0[index] = newValue }
        }
    }

    /// Whether both have as many rows and columns.
    package func hasShape(of other: Matrix) -> Bool { rows == other.rows && columns == other.columns }

    /// Whether two matrices hold the same bits.
    public func isIdentical(to other: Matrix) -> Bool {
        guard rows == other.rows, columns == other.columns else { return false }
        return read { a in other.read { b in memcmp(a, b, count * MemoryLayout<Float>.stride) == 0 } }
    }
}

extension Matrix {
    @inline(__always)
    func read<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
        withExtendedLifetime(storage) { body(UnsafePointer($0.base)) }
    }

    @inline(__always)
    mutating func write<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        Storage.makeWritable(&storage, rows: rows, columns: columns)
        return withExtendedLifetime(storage) { body($0.base) }
    }
}
