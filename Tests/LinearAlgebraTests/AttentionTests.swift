import Foundation
import LinearAlgebra
import Testing

@Suite struct AttentionTests {
    /// Softmax attention by sequence and head, by plain loops.
    static func reference(
        _ query: [[Double]], _ key: [[Double]], _ value: [[Double]], offsets: [Int], heads: Int
    ) -> [[Double]] {
        let width = query.first?.count ?? 0
        let size = width / heads
        var context = query.map { _ in [Double](repeating: 0, count: width) }
        for (start, end) in zip(offsets, offsets.dropFirst()) {
            for head in 0..<heads {
                let columns = head * size..<(head + 1) * size
                for i in start..<end {
                    let scores = (start..<end).map { j in
                        columns.reduce(0) { $0 + query[i][$1] * key[j][$1] } / Double(size).squareRoot()
                    }
                    let weights = scores.map { exp($0 - scores.max()!) }
                    let sum = weights.reduce(0, +)
                    for c in columns {
                        context[i][c] = zip(weights, start..<end).reduce(0) {
                            $0 + $1.0 / sum * value[$1.1][c]
                        }
                    }
                }
            }
        }
        return context
    }

    struct Case: CustomTestStringConvertible {
        let offsets: [Int]
        let heads: Int
        let size: Int
        var testDescription: String { "sequences to \(offsets), \(heads) heads of \(size)" }
        var tokens: Int { offsets.last! }
    }

    static let cases = [
        Case(offsets: [0, 1], heads: 1, size: 1), Case(offsets: [0, 5, 6, 26], heads: 3, size: 4),
        Case(offsets: [0, 17, 33], heads: 2, size: 16), Case(offsets: [0, 40], heads: 12, size: 32),
        // A vector and a rest, and three vectors; queries in blocks of all sizes.
        Case(offsets: [0, 3, 22, 23], heads: 2, size: 17), Case(offsets: [0, 13, 20], heads: 3, size: 48),
    ]

    @Test(arguments: cases, VectorKernels.all)
    func `the context is within 5e-6 of plain loops`(shape: Case, kernels: VectorKernels) {
        var generator = TestGenerator(UInt64(shape.tokens))
        let parts = (0..<3).map { _ in
            generator.matrix(shape.tokens, shape.heads * shape.size, deviation: 1.5)
        }
        let found = ScaledDotProductAttention.forward(
            query: parts[0], key: parts[1], value: parts[2],
            layout: .init(offsets: shape.offsets, heads: shape.heads), as: .float32, kernels: kernels)
        let expected = Self.reference(
            parts[0].doubles, parts[1].doubles, parts[2].doubles, offsets: shape.offsets, heads: shape.heads)
        let difference = largestDifference(found.context.matrix.values, expected.flatMap { $0 })
        #expect(difference < 5e-6, "\(difference)")
    }

    @Test(arguments: cases, VectorKernels.all)
    func `gradients of query, key and value are within 1e-3 of finite differences`(
        shape: Case, kernels: VectorKernels
    ) {
        var generator = TestGenerator(UInt64(shape.tokens + 1))
        let width = shape.heads * shape.size
        let parts = (0..<3).map { _ in generator.matrix(shape.tokens, width) }
        let dContext = generator.matrix(shape.tokens, width)
        let layout = ScaledDotProductAttention.Layout(offsets: shape.offsets, heads: shape.heads)
        let cache = ScaledDotProductAttention.forward(
            query: parts[0], key: parts[1], value: parts[2], layout: layout, as: .float32, kernels: kernels
        ).cache
        let (dQuery, dKey, dValue) = ScaledDotProductAttention.backward(
            dContext, query: parts[0], key: parts[1], value: parts[2], layout: layout, cache: cache,
            as: .float32, kernels: kernels)
        for (index, gradient) in [dQuery, dKey, dValue].enumerated() {
            let direction = generator.matrix(shape.tokens, width).doubles
            let expected = slope(at: parts[index].doubles, along: direction) { moved in
                var doubles = parts.map(\.doubles)
                doubles[index] = moved
                let context = Self.reference(
                    doubles[0], doubles[1], doubles[2], offsets: shape.offsets, heads: shape.heads)
                return dot(context, dContext.doubles)
            }
            let found = dot(gradient.matrix.doubles, direction)
            #expect(
                abs(found - expected) < 1e-3 * max(1, abs(expected)),
                "part \(index): \(found), expected \(expected)")
        }
    }

    @Test(arguments: VectorKernels.all)
    func `fewer queries get what they get among all, and pass back the same gradients`(
        kernels: VectorKernels
    ) {
        let offsets = [0, 5, 6, 26]
        let firstRows = [0, 5, 6]
        var generator = TestGenerator(11)
        let parts = (0..<3).map { _ in generator.matrix(26, 12) }
        let few = parts[0].gatherRows(firstRows)
        let (all, some) = (
            ScaledDotProductAttention.Layout(offsets: offsets, heads: 3),
            ScaledDotProductAttention.Layout(queryOffsets: [0, 1, 2, 3], offsets: offsets, heads: 3)
        )
        let whole = ScaledDotProductAttention.forward(
            query: parts[0], key: parts[1], value: parts[2], layout: all, as: .float32, kernels: kernels)
        let part = ScaledDotProductAttention.forward(
            query: few, key: parts[1], value: parts[2], layout: some, as: .float32, kernels: kernels)
        let expected = whole.context.matrix.gatherRows(firstRows).values.map(Double.init)
        #expect(largestDifference(part.context.matrix.values, expected) < 1e-6)

        let dFew = generator.matrix(3, 12)
        var dAll = Matrix(rows: 26, columns: 12)
        dAll.scatterAddRows(dFew, at: firstRows)
        let wholeGradients = ScaledDotProductAttention.backward(
            dAll, query: parts[0], key: parts[1], value: parts[2], layout: all, cache: whole.cache,
            as: .float32, kernels: kernels)
        let partGradients = ScaledDotProductAttention.backward(
            dFew, query: few, key: parts[1], value: parts[2], layout: some, cache: part.cache,
            as: .float32, kernels: kernels)
        let pairs = [
            (partGradients.dQuery, wholeGradients.dQuery.matrix.gatherRows(firstRows)),
            (partGradients.dKey, wholeGradients.dKey.matrix),
            (partGradients.dValue, wholeGradients.dValue.matrix),
        ]
        for (found, expected) in pairs {
            #expect(largestDifference(found.matrix.values, expected.values.map(Double.init)) < 1e-6)
        }
    }

    @Test(arguments: cases, VectorKernels.all)
    func `in bfloat16 everything is what it is in float32, rounded`(shape: Case, kernels: VectorKernels) {
        var generator = TestGenerator(UInt64(shape.tokens + 2))
        let width = shape.heads * shape.size
        let parts = (0..<4).map { _ in generator.matrix(shape.tokens, width) }
        let layout = ScaledDotProductAttention.Layout(offsets: shape.offsets, heads: shape.heads)
        func all(_ type: ElementType) -> [Matrix] {
            let (context, cache) = ScaledDotProductAttention.forward(
                query: parts[0], key: parts[1], value: parts[2], layout: layout, as: type, kernels: kernels)
            let gradients = ScaledDotProductAttention.backward(
                parts[3], query: parts[0], key: parts[1], value: parts[2], layout: layout, cache: cache,
                as: type, kernels: kernels)
            return [context, gradients.dQuery, gradients.dKey, gradients.dValue].map(\.matrix)
        }
        for (rounded, exact) in zip(all(.bfloat16), all(.float32)) {
            #expect(rounded.isIdentical(to: BFloat16Matrix(rounding: exact, kernels: kernels).matrix))
        }
    }

    @Test(arguments: VectorKernels.all)
    func `scores far apart give the whole weight to the largest`(kernels: VectorKernels) {
        let query = Matrix(rows: 2, columns: 1, values: [1000, 1000])
        let key = Matrix(rows: 2, columns: 1, values: [1, -1])
        let value = Matrix(rows: 2, columns: 1, values: [3, 5])
        let context = ScaledDotProductAttention.forward(
            query: query, key: key, value: value, layout: .init(offsets: [0, 2], heads: 1), as: .float32,
            kernels: kernels
        ).context.matrix
        #expect(context.values == [3, 3])
    }

    @Test(arguments: [Float.nan, -.nan, .infinity, -.infinity], VectorKernels.all)
    func `a score that is not finite does not pass for a number`(bad: Float, kernels: VectorKernels) {
        var generator = TestGenerator(2)
        let (key, value) = (generator.matrix(3, 4), generator.matrix(3, 4))
        var query = generator.matrix(3, 4)
        query[1, 2] = bad
        let context = ScaledDotProductAttention.forward(
            query: query, key: key, value: value, layout: .init(offsets: [0, 3], heads: 1), as: .float32,
            kernels: kernels
        ).context.matrix
        #expect(!context.gatherRows([1]).sumOfSquares().isFinite)
        #expect(context.gatherRows([0, 2]).sumOfSquares().isFinite)
    }
}
