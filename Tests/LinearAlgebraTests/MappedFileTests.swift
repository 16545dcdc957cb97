import Foundation
import LinearAlgebra
import Testing

/// Matrices whose values stay in a file.
@Suite final class MappedFileTests {
    let path = FileManager.default.temporaryDirectory.appending(path: "mapped-\(UUID().uuidString)").path
    let values = (0..<15).map(Float.init)

    init() throws {
        try write(values)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Four bytes that are no value, then the values.
    private func write(_ values: [Float]) throws {
        var data = Data([1, 2, 3, 4])
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        try data.write(to: URL(fileURLWithPath: path))
    }

    private func map() throws -> MappedFile { try #require(MappedFile(path: path, size: 64)) }

    @Test func `a matrix in a mapped file computes what one in memory computes`() throws {
        let mapped = try #require(try map().matrix(rows: 3, columns: 5, at: 4))
        let matrix = Matrix(rows: 3, columns: 5, values: values)
        #expect(mapped.isIdentical(to: matrix) && mapped.values == values)
        #expect(mapped.gatherRows([2, 0]).isIdentical(to: matrix.gatherRows([2, 0])))
        #expect(mapped.transposed().isIdentical(to: matrix.transposed()))
        let product = Matrix.product(mapped, mapped, transposing: .second)
        #expect(product.isIdentical(to: .product(matrix, matrix, transposing: .second)))
    }

    @Test(arguments: MatrixTests.changes.indices)
    func `a change of a matrix in a mapped file reaches neither the file nor another matrix`(
        index: Int
    ) throws {
        let (name, change) = MatrixTests.changes[index]
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let map = try map()
        var changed = try #require(map.matrix(rows: 3, columns: 5, at: 4))
        change(&changed)
        #expect(changed.values != values, "\(name) changed nothing")
        #expect(try #require(map.matrix(rows: 3, columns: 5, at: 4)).values == values, "\(name)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before, "\(name)")
        #expect(map.isUnchanged)
    }

    @Test(arguments: [
        (3, 5, 3), (3, 5, 6), (3, 5, 8), (4, 5, 4), (1, 1, 64), (1, 1, -4), (-1, 5, 4), (1, 1, .max),
        (.max, .max, 4),
    ])
    func `values that are not aligned or not within the file are not mapped`(
        rows: Int, columns: Int, offset: Int
    ) throws {
        #expect(try map().matrix(rows: rows, columns: columns, at: offset) == nil)
    }

    @Test func `a file of another size, an empty one and none are not mapped`() throws {
        #expect(MappedFile(path: path, size: 60) == nil)
        #expect(MappedFile(path: path, size: 68) == nil)
        #expect(MappedFile(path: path + "-none", size: 64) == nil)
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(MappedFile(path: path, size: 0) == nil)
    }

    @Test func `pages that were given back come again`() throws {
        let map = try map()
        let matrix = try #require(map.matrix(rows: 3, columns: 5, at: 4))
        #expect(matrix.values == values)
        map.releasePages()
        #expect(matrix.values == values)
    }

    @Test func `a file that was written to is told, and one that was replaced stays as it was`() throws {
        let map = try map()
        let matrix = try #require(map.matrix(rows: 3, columns: 5, at: 4))
        let replacement = path + "-new"
        try Data(count: 64).write(to: URL(fileURLWithPath: replacement))
        let kept = path + "-old"
        try FileManager.default.linkItem(atPath: path, toPath: kept)
        defer { try? FileManager.default.removeItem(atPath: kept) }
        #expect(rename(replacement, path) == 0)
        #expect(matrix.values == values && map.isUnchanged)
        let file = try #require(FileHandle(forWritingAtPath: kept))
        try file.seek(toOffset: 4)
        try file.write(contentsOf: Data([0, 0, 0x80, 0x3F]))
        try file.close()
        #expect(!map.isUnchanged)
    }
}
