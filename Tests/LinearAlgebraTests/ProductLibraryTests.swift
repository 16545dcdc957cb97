import LinearAlgebra
import Testing

/// What every product library must do, each against plain loops on the
/// factors as it reads them.
@Suite struct ProductLibraryTests {
    struct Library: CustomTestStringConvertible, Sendable {
        let products: any ProductLibrary
        var testDescription: String { "\(products.description) \(products.operandType)" }
    }

    static let libraries: [Library] = [
        OpenBLASProducts(), OneDNNProducts(.float32), OneDNNProducts(.bfloat16),
    ].compactMap { (products: (any ProductLibrary)?) in products.map(Library.init) }

    /// On both sides of the sizes at which a product is cut.
    static let tokens = [1, 15, 16, 17, 255, 256, 257, 300]

    @Test func `float32 has two libraries on every machine`() {
        #expect(Self.libraries.count { $0.products.operandType == .float32 } == 2)
    }

    @Test(arguments: libraries, [nil, .first, .second] as [Matrix.Factor?])
    func `a product is the plain loops' within 1e-5`(
        library: Library, transposed: Matrix.Factor?
    ) {
        let products = library.products
        for (count, (inner, outer)) in zip(Self.tokens + [0], [(3, 8), (384, 8), (8, 5), (33, 64)].cycled) {
            // The tokens are the rows, or what is summed over.
            let (m, k, n) = transposed == .first ? (inner, count, outer) : (count, inner, outer)
            var generator = TestGenerator(UInt64(m * 7 + k * 3 + n))
            let a = products.operand(
                transposed == .first ? generator.matrix(k, m) : generator.matrix(m, k))
            let b = products.operand(
                transposed == .second ? generator.matrix(n, k) : generator.matrix(k, n))
            let expected = Matrix.referenceProduct(a.matrix, b.matrix, transposing: transposed)
            let found = products.product(a, b, transposing: transposed)
            let scale = 2 + 2 * Double(k).squareRoot()
            #expect(
                largestDifference(found.values, expected.values.map(Double.init)) < 1e-6 * scale,
                "\(m)x\(k)x\(n)")

        }
    }

    @Test(arguments: libraries, [true, false])
    func `a prepared factor multiplies as it lies, frozen or not, with a bias or without`(
        library: Library, isTransposed: Bool
    ) {
        let products = library.products
        for (rows, k, n) in [(1, 1, 1), (17, 32, 48), (300, 96, 384), (40, 5, 3)] {
            var generator = TestGenerator(UInt64(rows + k))
            let x = products.operand(generator.matrix(rows, k))
            let weight = isTransposed ? generator.matrix(n, k) : generator.matrix(k, n)
            let bias = generator.matrix(1, n)
            let expected = Matrix.referenceProduct(
                x.matrix, products.operand(weight).matrix, transposing: isTransposed ? .second : nil)
            for isFrozen in [true, false] {
                let factor = PreparedFactor(
                    weight, isTransposed: isTransposed, isFrozen: isFrozen, by: products)
                let plain = products.product(x, factor)
                #expect(
                    largestDifference(plain.values, expected.values.map(Double.init)) < 2e-5,
                    "\(rows)x\(k)x\(n)")
                let biased = products.product(x, factor, bias: bias)
                let row = bias.values
                let sums = expected.values.enumerated().map { Double($1) + Double(row[$0 % n]) }
                #expect(largestDifference(biased.values, sums) < 2e-5, "\(rows)x\(k)x\(n) with a bias")
                // A sum keeps what was there, and may be rounded after each term.
                for type in Set([.float32, products.operandType]) {
                    let start = Operand(generator.matrix(rows, n), as: type)
                    var sum: Operand? = start
                    let term = ProductTerm(x, factor, bias: bias)
                    products.add([term, term], to: &sum, as: .float32)
                    let twice = zip(start.matrix.values, sums).map { Double($0) + 2 * $1 }
                    let tolerance = type == .bfloat16 ? 2.0 / 128 : 4e-5
                    #expect(largestDifference(sum!.matrix.values, twice) < tolerance, "\(type) added")
                    #expect(sum!.type == type && start.matrix.rows == rows)
                }
            }
        }
    }

    /// Matrices have room for whole sixteens of rows, which products read.
    @Test(arguments: libraries)
    func `what lies beyond the last row reaches no result`(library: Library) {
        let products = library.products
        var generator = TestGenerator(21)
        let (x, weight) = (generator.matrix(273, 64), generator.matrix(64, 64))
        let factor = PreparedFactor(weight, isTransposed: false, isFrozen: true, by: products)
        func leaveBehind(_ value: Float) {
            for _ in 0..<3 {
                let filled = Matrix(rows: 288, columns: 64, values: .init(repeating: value, count: 288 * 64))
                _ = products.operand(filled)
            }
        }
        func results() -> [Matrix] {
            let operand = products.operand(x.gatherRows(Array(0..<273)))
            let y = products.product(operand, factor)
            var sum: Operand? = .float32(x.gatherRows(Array(0..<273)))
            products.add([ProductTerm(operand, factor)], to: &sum, as: .float32)
            return [y, sum!.matrix, products.product(operand, products.operand(y), transposing: .first)]
        }
        leaveBehind(1)
        let expected = results()
        leaveBehind(.nan)
        for (found, expected) in zip(results(), expected) { #expect(found.isIdentical(to: expected)) }
    }

    @Test(arguments: libraries)
    func `an operand is the nearest value of its type`(library: Library) {
        let edges: [Float] = [
            0, -0, 1, -1, 1.003_906_25, 1.011_718_75, .greatestFiniteMagnitude, .infinity, -.infinity,
            .leastNormalMagnitude, 3.389_531_4e38,
        ]
        var generator = TestGenerator(1)
        for matrix in [Matrix(row: edges), generator.matrix(1, 1), generator.matrix(131, 77)] {
            let found = library.products.operand(matrix).matrix
            let expected =
                library.products.operandType == .bfloat16 ? BFloat16Matrix(rounding: matrix).matrix : matrix
            #expect(found.isIdentical(to: expected))
        }
        #expect(library.products.operand(Matrix(row: [.nan])).matrix.values[0].isNaN)
    }

    @Test(arguments: libraries)
    func `a row of a product does not depend on the other rows, and a repeated one has the same bits`(
        library: Library
    ) {
        var generator = TestGenerator(4)
        let products = library.products
        let (x, weight) = (generator.matrix(273, 64), generator.matrix(64, 64))
        let factor = PreparedFactor(weight, isTransposed: true, isFrozen: true, by: products)
        let whole = products.product(products.operand(x), factor)
        #expect(products.product(products.operand(x), factor).isIdentical(to: whole))
        // Enough shapes that their code is worth forgetting.
        for columns in 1...600 {
            _ = products.product(
                products.operand(Matrix(rows: 1, columns: columns)),
                products.operand(Matrix(rows: columns, columns: 1)))
        }
        products.forgetCode()
        #expect(products.product(products.operand(x), factor).isIdentical(to: whole))
        for rows in [[0], [272], Array(100..<120)] {
            let part = products.product(products.operand(x.gatherRows(rows)), factor)
            let expected = whole.gatherRows(rows).values.map(Double.init)
            #expect(largestDifference(part.values, expected) < 1e-5)
        }
    }
}

extension Array {
    /// Its elements again and again.
    var cycled: some Sequence<Element> { (0...).lazy.map { self[$0 % count] } }
}
