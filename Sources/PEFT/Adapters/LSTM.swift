import Foundation
import LinearAlgebra

/// A long short-term memory over one sequence (Hochreiter and Schmidhuber
/// 1997), with PyTorch's tensors and order of gates: input, forget, cell,
/// output.
///
///     (i, f, g, o) = W·x_t + b + U·h_{t-1} + c        c_t = σ(f)·c_{t-1} + σ(i)·tanh(g)
///     h_t = σ(o)·tanh(c_t)
final class LSTM {
    /// W, (4h, in).
    let inputWeight: Parameter
    /// U, (4h, h).
    let hiddenWeight: Parameter
    /// b and c, (1, 4h).
    let inputBias: Parameter
    let hiddenBias: Parameter

    struct Cache {
        let x: Matrix
        /// After their functions, (P, 4h).
        var gates: Matrix
        /// c, (P, h).
        var cells: Matrix
        /// h, (P, h).
        var states: Matrix
    }

    init(inputWeight: Parameter, hiddenWeight: Parameter, inputBias: Parameter, hiddenBias: Parameter) {
        self.inputWeight = inputWeight
        self.hiddenWeight = hiddenWeight
        self.inputBias = inputBias
        self.hiddenBias = hiddenBias
    }

    var parameters: [Parameter] { [inputWeight, hiddenWeight, inputBias, hiddenBias] }

    /// Width of the states.
    private var width: Int { hiddenWeight.value.columns }

    /// x (P, in) to the states (P, h).
    func forward(_ x: Matrix) -> (y: Matrix, cache: Cache) {
        let width = width
        let fromInput = Matrix.product(x, inputWeight.value, transposing: .second)
            .addingToEachRow(inputBias.value).addingToEachRow(hiddenBias.value)
        var cache = Cache(
            x: x, gates: fromInput, cells: Matrix(rows: x.rows, columns: width),
            states: Matrix(rows: x.rows, columns: width))
        var state = Matrix(rows: 1, columns: width)
        for step in 0..<x.rows {
            let recurrent = Matrix.product(state, hiddenWeight.value, transposing: .second)
            for unit in 0..<width {
                func gate(_ index: Int) -> Float {
                    fromInput[step, index * width + unit] + recurrent[0, index * width + unit]
                }
                let (i, f, g, o) = (sigmoid(gate(0)), sigmoid(gate(1)), tanh(gate(2)), sigmoid(gate(3)))
                let before = step > 0 ? cache.cells[step - 1, unit] : 0
                let cell = f * before + i * g
                for (index, value) in [i, f, g, o].enumerated() {
                    cache.gates[step, index * width + unit] = value
                }
                cache.cells[step, unit] = cell
                cache.states[step, unit] = o * tanh(cell)
            }
            state = cache.states.gatherRows([step])
        }
        return (cache.states, cache)
    }

    /// Accumulates the gradients of its tensors.
    /// - Returns: the gradient of x.
    func backward(_ dy: Matrix, cache: Cache) -> Matrix {
        let width = width
        let steps = dy.rows
        var dGates = Matrix(rows: steps, columns: 4 * width)
        var (dState, dCell) = (Matrix(rows: 1, columns: width), [Float](repeating: 0, count: width))
        for step in stride(from: steps - 1, through: 0, by: -1) {
            for unit in 0..<width {
                func gate(_ index: Int) -> Float { cache.gates[step, index * width + unit] }
                let (i, f, g, o) = (gate(0), gate(1), gate(2), gate(3))
                let reached = tanh(cache.cells[step, unit])
                let before = step > 0 ? cache.cells[step - 1, unit] : 0
                let dh = dy[step, unit] + dState[0, unit]
                let dc = dCell[unit] + dh * o * (1 - reached * reached)
                let gradients = [
                    dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g * g),
                    dh * reached * o * (1 - o),
                ]
                for (index, value) in gradients.enumerated() { dGates[step, index * width + unit] = value }
                dCell[unit] = dc * f
            }
            dState = .product(dGates.gatherRows([step]), hiddenWeight.value)
        }
        inputWeight.accumulate(.product(dGates, cache.x, transposing: .first))
        // The state before the first step is 0.
        let before = Matrix(rows: 1, columns: width)
        let earlier = Matrix(joiningRowsOf: [before, cache.states.firstRows(max(steps - 1, 0))])
        hiddenWeight.accumulate(.product(dGates, earlier, transposing: .first))
        inputBias.accumulate(dGates.sumOfRows())
        hiddenBias.accumulate(dGates.sumOfRows())
        return .product(dGates, inputWeight.value)
    }

    private func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
}

/// Two of them, one from the end to the beginning; their states side by side.
final class BidirectionalLSTM {
    let forwards: LSTM
    let backwards: LSTM

    struct Cache {
        let forwards: LSTM.Cache
        let backwards: LSTM.Cache
    }

    init(forwards: LSTM, backwards: LSTM) {
        self.forwards = forwards
        self.backwards = backwards
    }

    var parameters: [Parameter] { forwards.parameters + backwards.parameters }

    /// x (P, in) to (P, 2h).
    func forward(_ x: Matrix) -> (y: Matrix, cache: Cache) {
        let (first, firstCache) = forwards.forward(x)
        let (second, secondCache) = backwards.forward(x.reversedRows())
        return (
            first.joiningColumns(of: second.reversedRows()),
            Cache(forwards: firstCache, backwards: secondCache)
        )
    }

    /// - Returns: the gradient of x.
    func backward(_ dy: Matrix, cache: Cache) -> Matrix {
        let width = dy.columns / 2
        var dx = forwards.backward(dy.columns(0..<width), cache: cache.forwards)
        let second = dy.columns(width..<2 * width).reversedRows()
        dx.add(backwards.backward(second, cache: cache.backwards).reversedRows())
        return dx
    }
}
