import Experiments
import LinearAlgebra
import PEFT
import Testing

/// The affine edit against its formula in double precision:
///
///     y = a_out ⊙ (W·(a_in ⊙ x) + b) + s·B·(e ⊙ (A·x))
@Suite struct AffineMapTests {
    /// Which parts of the edit there are.
    struct Parts: CustomTestStringConvertible, Sendable {
        let inputScale, outputScale, lowRank, diagonal: Bool
        var testDescription: String {
            "a_in \(inputScale), a_out \(outputScale), low rank \(lowRank), e \(diagonal)"
        }
    }

    static let combinations = (0..<16).map {
        Parts(inputScale: $0 & 1 > 0, outputScale: $0 & 2 > 0, lowRank: $0 & 4 > 0, diagonal: $0 & 8 > 0)
    }

    static let sizes = (tokens: 7, input: 5, output: 6, rank: 3)
    static let scale = 1.5

    /// All names, so that each test of a combination draws the same values.
    static func makeTensors() -> [String: PEFT.Parameter] {
        let shapes = [
            "W": (sizes.output, sizes.input), "b": (1, sizes.output), "a_in": (1, sizes.input),
            "a_out": (1, sizes.output), "A": (sizes.rank, sizes.input), "B": (sizes.output, sizes.rank),
            "e": (1, sizes.rank),
        ]
        return Dictionary(
            uniqueKeysWithValues: shapes.map { name, shape in
                (name, PEFT.Parameter(name, matrix(name, shape.0, shape.1), isTrainable: true))
            })
    }

    static func matrix(_ name: String, _ rows: Int, _ columns: Int) -> Matrix {
        var generator = SeededGenerator(seed: 5, purpose: name)
        return .normal(rows: rows, columns: columns, deviation: 1, using: &generator)
    }

    static func makeMap(_ parts: Parts, _ tensors: [String: PEFT.Parameter]) -> AffineMap {
        let map = AffineMap(weight: tensors["W"]!, bias: tensors["b"]!)
        if parts.inputScale { map.edit.inputScale = tensors["a_in"] }
        if parts.outputScale { map.edit.outputScale = tensors["a_out"] }
        if parts.lowRank {
            map.edit.updates = [
                LowRankUpdate(
                    down: tensors["A"]!, up: tensors["B"]!, diagonal: parts.diagonal ? tensors["e"] : nil,
                    scale: Float(scale))
            ]
        }
        return map
    }

    typealias Values = [String: [[Double]]]

    static func formula(_ parts: Parts, _ values: Values) -> [[Double]] {
        values["x"]!.map { x in
            let scaled = parts.inputScale ? zip(values["a_in"]![0], x).map(*) : x
            var y = zip(values["W"]!, values["b"]![0]).map { row, bias in dot(row, scaled) + bias }
            if parts.outputScale { y = zip(values["a_out"]![0], y).map(*) }
            guard parts.lowRank else { return y }
            var hidden = values["A"]!.map { dot($0, x) }
            if parts.diagonal { hidden = zip(values["e"]![0], hidden).map(*) }
            return zip(y, values["B"]!).map { $0 + scale * dot($1, hidden) }
        }
    }

    static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    static func doubles(_ matrix: Matrix) -> [[Double]] {
        (0..<matrix.rows).map { row in (0..<matrix.columns).map { Double(matrix[row, $0]) } }
    }

    @Test(arguments: combinations)
    func `forward is the formula, backward its slopes, and the merged map the same map`(parts: Parts) throws {
        let tensors = Self.makeTensors()
        let map = Self.makeMap(parts, tensors)
        let x = Self.matrix("x", Self.sizes.tokens, Self.sizes.input)
        let dy = Self.matrix("dy", Self.sizes.tokens, Self.sizes.output)
        var values = tensors.mapValues { Self.doubles($0.value) }
        values["x"] = Self.doubles(x)

        let (y, cache) = map.forward(.float32(x), mode: .evaluation(OpenBLASProducts()))
        let expected = Self.formula(parts, values)
        let error = zip(y.values, expected.joined()).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
        #expect(error < 1e-5, "forward: \(error)")

        let merged = map.merged()
        let (weight, bias) = (PEFT.Parameter("W'", merged.weight), PEFT.Parameter("b'", merged.bias))
        let plain = AffineMap(weight: weight, bias: bias)
        let mergedError = difference(plain.forward(.float32(x), mode: .evaluation(OpenBLASProducts())).y, y)
        #expect(mergedError < 1e-5, "merged: \(mergedError)")

        let dx = try #require(map.backward(.float32(dy), cache: cache, products: OpenBLASProducts()))
        var gradients = tensors.compactMapValues(\.gradient)
        gradients["x"] = dx
        let used =
            ["W", "b", "x"] + (parts.inputScale ? ["a_in"] : []) + (parts.outputScale ? ["a_out"] : [])
            + (parts.lowRank ? ["A", "B"] + (parts.diagonal ? ["e"] : []) : [])
        #expect(Set(gradients.keys) == Set(used))
        for (name, gradient) in gradients.sorted(by: { $0.key < $1.key }) {
            try compare(gradient, name, parts, values, Self.doubles(dy))
        }
    }

    /// Each element's slope; the formula is at most quadratic in one tensor, so
    /// central differences are exact but for rounding.
    private func compare(
        _ gradient: Matrix, _ name: String, _ parts: Parts, _ values: Values, _ dy: [[Double]]
    ) throws {
        func loss(_ values: Values) -> Double {
            zip(Self.formula(parts, values), dy).reduce(0) { $0 + Self.dot($1.0, $1.1) }
        }
        for row in 0..<gradient.rows {
            for column in 0..<gradient.columns {
                var (above, below) = (values, values)
                above[name]![row][column] += 1e-3
                below[name]![row][column] -= 1e-3
                let slope = (loss(above) - loss(below)) / 2e-3
                let error = abs(slope - Double(gradient[row, column]))
                #expect(
                    error < 1e-4, "\(name)[\(row), \(column)]: \(gradient[row, column]), expected \(slope)")
            }
        }
    }

    @Test func `an input gradient that is not asked for is not computed, and no other changes`() throws {
        for parts in Self.combinations {
            let x = Self.matrix("x", Self.sizes.tokens, Self.sizes.input)
            let dy = Self.matrix("dy", Self.sizes.tokens, Self.sizes.output)
            let gradients = [true, false].map { isNeeded in
                let tensors = Self.makeTensors()
                let map = Self.makeMap(parts, tensors)
                let cache = map.forward(.float32(x), mode: .evaluation(OpenBLASProducts())).cache
                #expect(
                    (map.backward(
                        .float32(dy), cache: cache, products: OpenBLASProducts(), needsInputGradient: isNeeded
                    ) != nil) == isNeeded)
                return tensors.compactMapValues(\.gradient)
            }
            #expect(Set(gradients[0].keys) == Set(gradients[1].keys))
            for (name, gradient) in gradients[0] { #expect(gradient.isIdentical(to: gradients[1][name]!)) }
        }
    }

    @Test func `dropout of the low-rank input drops in training alone, and its slope follows the mask`()
        throws
    {
        let tensors = Self.makeTensors()
        let map = AffineMap(weight: tensors["W"]!, bias: tensors["b"]!)
        map.edit.updates = [LowRankUpdate(down: tensors["A"]!, up: tensors["B"]!, scale: 1, dropout: 0.5)]
        let x = Self.matrix("x", Self.sizes.tokens, Self.sizes.input)
        let quiet = map.forward(.float32(x), mode: .evaluation(OpenBLASProducts())).y
        func forward(_ x: Matrix, _ seed: UInt64, _ step: Int) -> (y: Matrix, cache: AffineMap.Cache) {
            map.forward(.float32(x), mode: .training(seed: seed, step: step, OpenBLASProducts()))
        }
        let (noisy, cache) = forward(x, 1, 0)
        #expect(!noisy.isIdentical(to: quiet))
        #expect(forward(x, 1, 0).y.isIdentical(to: noisy))
        #expect(!forward(x, 1, 1).y.isIdentical(to: noisy))
        #expect(!forward(x, 2, 0).y.isIdentical(to: noisy))

        // Linear in x for a given mask: y(x) - y(0) is the slope times x.
        let zero = Matrix(rows: x.rows, columns: x.columns)
        let constant = forward(zero, 1, 0).y
        let dy = Self.matrix("dy", Self.sizes.tokens, Self.sizes.output)
        let dx = try #require(map.backward(.float32(dy), cache: cache, products: OpenBLASProducts()))
        func inner(_ a: Matrix, _ b: Matrix) -> Double {
            zip(a.values, b.values).reduce(0) { $0 + Double($1.0 * $1.1) }
        }
        let error = abs(inner(dx, x) - (inner(dy, noisy) - inner(dy, constant)))
        #expect(error < 1e-4, "\(error)")
    }

    /// DoRA's map, `y = m ⊙ V·x/‖V‖ + b` with `V = W + s·B·A`.
    private func resized() -> (map: AffineMap, magnitude: PEFT.Parameter) {
        let tensors = Self.makeTensors()
        let map = AffineMap(weight: tensors["W"]!, bias: tensors["b"]!)
        map.edit.updates = [LowRankUpdate(down: tensors["A"]!, up: tensors["B"]!, scale: 1.5)]
        let magnitude = PEFT.Parameter("m", Self.matrix("m", 1, Self.sizes.output), isTrainable: true)
        map.edit.magnitude = RowMagnitude(magnitude)
        return (map, magnitude)
    }

    @Test func `a magnitude gives each row its length, merged or not`() {
        let (map, magnitude) = resized()
        let merged = map.merged()
        let lengths = merged.weight.rowLengths()
        for row in 0..<Self.sizes.output {
            #expect(abs(lengths[0, row] - abs(magnitude.value[0, row])) < 1e-5)
        }
        let x = Operand.float32(Self.matrix("x", Self.sizes.tokens, Self.sizes.input))
        let plain = AffineMap(
            weight: PEFT.Parameter("W'", merged.weight), bias: PEFT.Parameter("b'", merged.bias))
        let mode = ForwardMode.evaluation(OpenBLASProducts())
        #expect(difference(plain.forward(x, mode: mode).y, map.forward(x, mode: mode).y) < 1e-5)
    }

    /// The direction's own length is a constant on the way back, so only the
    /// magnitude, the bias and the input have the slopes of the formula.
    @Test func `slopes of magnitude, bias and input are the formula's`() throws {
        let (map, magnitude) = resized()
        let x = Self.matrix("x", Self.sizes.tokens, Self.sizes.input)
        let dy = Self.matrix("dy", Self.sizes.tokens, Self.sizes.output)
        let cache = map.forward(.float32(x), mode: .evaluation(OpenBLASProducts())).cache
        let dx = try #require(map.backward(.float32(dy), cache: cache, products: OpenBLASProducts()))
        let merged = Self.doubles(map.merged().weight)
        for column in 0..<Self.sizes.output {
            let slope = (0..<Self.sizes.tokens).reduce(0.0) { sum, row in
                let reached = Self.dot(merged[column], Self.doubles(x)[row])
                return sum + Double(dy[row, column]) * reached / Double(magnitude.value[0, column])
            }
            #expect(abs(Double(magnitude.gradient![0, column]) - slope) < 1e-4)
        }
        #expect(difference(dx, .product(dy, map.merged().weight)) < 1e-4)
        #expect(difference(map.bias.gradient!, dy.sumOfRows()) < 1e-5)
    }
}
