import Foundation
import LinearAlgebra
import Testing

/// Files that a machine keeps for itself.
@Suite final class CheckedFileTests {
    let path = FileManager.default.temporaryDirectory.appending(path: "checked-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func contents() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
    private func write(_ data: Data) throws { try data.write(to: URL(fileURLWithPath: path)) }

    @Test(arguments: [0, 1, 2, 15, 16, 17, 47, 100_003])
    func `integers come back as they were written`(count: Int) throws {
        let values = (0..<count).map { Int32(truncatingIfNeeded: $0 &* 2_654_435_761) }
        try IntegerFile.write(values, to: path)
        #expect(IntegerFile.read(path: path) == values)
    }

    @Test func `a file in which any byte is another is none`() throws {
        try IntegerFile.write((0..<20).map { $0 - 10 }, to: path)
        let whole = try contents()
        for index in whole.indices {
            for bit in [0x01, 0x80] as [UInt8] {
                var damaged = whole
                damaged[index] ^= bit
                try write(damaged)
                #expect(IntegerFile.read(path: path) == nil, "byte \(index)")
            }
        }
        try write(whole)
        #expect(IntegerFile.read(path: path) != nil)
    }

    @Test func `a file that lost or won words, or two of whose words changed places, is none`() throws {
        try IntegerFile.write(Array(0..<40), to: path)
        let whole = try contents()
        for count in [0, 4, 7, 8, 40, 160, whole.count - 4, whole.count - 1] {
            try write(whole.prefix(count))
            #expect(IntegerFile.read(path: path) == nil, "\(count) bytes")
        }
        try write(Data(count: 4) + whole)
        #expect(IntegerFile.read(path: path) == nil)
        for other in [4, 8, 64, 68, 128] {
            var swapped = whole
            for byte in 0..<4 { swapped.swapAt(byte, other + byte) }
            try write(swapped)
            #expect(IntegerFile.read(path: path) == nil, "word 0 and \(other / 4)")
        }
    }

    /// 5 columns: parts end at all places of the checksum's turn.
    @Test func `rows come back however they were divided into parts`() throws {
        let rows = 30_011
        let values = (0..<rows * 5).map { Float($0) * 0.37 }
        let matrix = Matrix(rows: rows, columns: 5, values: values)
        var start = 0
        try MatrixFile.write(to: path) {
            guard start < rows else { return nil }
            let end = min(start + 1 + start % 613, rows)
            defer { start = end }
            return matrix.gatherRows(Array(start..<end))
        }
        let verified = MatrixFile.Verified()
        let file = try #require(MatrixFile(path: path, rows: rows, columns: 5, verified: verified))
        #expect(try file.rows([0..<rows]).isIdentical(to: matrix))
        #expect(try file.rows([7..<9, 0..<1]).isIdentical(to: matrix.gatherRows([7, 8, 0])))
        #expect(MatrixFile(path: path, rows: rows, columns: 4, verified: verified) == nil)
    }

    @Test func `a file that took the place of a verified one is looked at`() throws {
        try MatrixFile.write(to: path, parts: Self.once(Matrix(row: [1, 2, 3])))
        let verified = MatrixFile.Verified()
        _ = try #require(MatrixFile(path: path, rows: 1, columns: 3, verified: verified))
        var damaged = try contents()
        damaged[2] ^= 1
        // The first file stays, so the second cannot have its place on the disk.
        let old = path + "-old"
        #expect(rename(path, old) == 0)
        defer { try? FileManager.default.removeItem(atPath: old) }
        try write(damaged)
        #expect(MatrixFile(path: path, rows: 1, columns: 3, verified: verified) == nil)
    }

    private static func once(_ matrix: Matrix) -> () -> Matrix? {
        var rest: Matrix? = matrix
        return {
            defer { rest = nil }
            return rest
        }
    }
}
