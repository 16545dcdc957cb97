/// BFGS with a backtracking line search (Nocedal and Wright 2006, algorithm
/// 6.1), for a few dozen variables.
package struct QuasiNewtonMinimizer: Sendable {
    /// The most steps.
    package var iterations: Int
    /// It stops when a step improves the value by less than this.
    package var tolerance: Double

    package init(iterations: Int, tolerance: Double = 1e-3) {
        self.iterations = iterations
        self.tolerance = tolerance
    }

    /// A point and the value there.
    package struct Minimum: Sendable {
        package var point: [Double]
        package var value: Double
    }

    /// - Parameter function: its value and gradient, or nil where it has none.
    /// - Returns: nil when the function has no value at the start.
    package func minimize(
        from start: [Double], _ function: ([Double]) -> (value: Double, gradient: [Double])?
    ) -> Minimum? {
        guard var (value, gradient) = function(start) else { return nil }
        var point = start
        var inverse = Self.identity(start.count, scale: 1 / max(1, Self.norm(gradient)))
        for iteration in 0..<iterations {
            var direction = Self.product(inverse, gradient).map { -$0 }
            var slope = Self.dot(direction, gradient)
            if !(slope < 0) {
                inverse = Self.identity(start.count, scale: 1 / max(1, Self.norm(gradient)))
                direction = Self.product(inverse, gradient).map { -$0 }
                slope = Self.dot(direction, gradient)
            }
            guard slope < 0,
                let next = step(from: point, value, direction, slope, function)
            else { break }
            let moved = Self.difference(next.point, point)
            let turned = Self.difference(next.gradient, gradient)
            let improvement = value - next.value
            (point, value, gradient) = (next.point, next.value, next.gradient)
            if improvement < tolerance { break }
            Self.update(&inverse, moved, turned, isFirst: iteration == 0)
        }
        return Minimum(point: point, value: value)
    }

    private typealias Step = (point: [Double], value: Double, gradient: [Double])

    /// The first of ever shorter steps that improves enough (Armijo 1966). No
    /// step is longer than 2 in any variable.
    private func step(
        from point: [Double], _ value: Double, _ direction: [Double], _ slope: Double,
        _ function: ([Double]) -> (value: Double, gradient: [Double])?
    ) -> Step? {
        let longest = direction.reduce(0) { max($0, abs($1)) }
        var length = min(1, 2 / max(longest, .leastNormalMagnitude))
        for _ in 0..<12 {
            let next = zip(point, direction).map { $0 + length * $1 }
            if let result = function(next), result.value <= value + 1e-4 * length * slope {
                return (next, result.value, result.gradient)
            }
            length *= 0.4
        }
        return nil
    }

    private static func identity(_ count: Int, scale: Double) -> [[Double]] {
        (0..<count).map { row in (0..<count).map { $0 == row ? scale : 0 } }
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private static func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }

    private static func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
        matrix.map { dot($0, vector) }
    }

    private static func difference(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }

    /// The approximation of the inverse Hessian after a step, unless the
    /// function curves the other way along it.
    private static func update(
        _ inverse: inout [[Double]], _ moved: [Double], _ turned: [Double], isFirst: Bool
    ) {
        let curvature = dot(moved, turned)
        guard curvature > 1e-10 * norm(moved) * norm(turned) else { return }
        if isFirst { inverse = identity(moved.count, scale: curvature / max(dot(turned, turned), 1e-12)) }
        let image = product(inverse, turned)
        let factor = (1 + dot(turned, image) / curvature) / curvature
        for row in moved.indices {
            for column in moved.indices {
                inverse[row][column] +=
                    factor * moved[row] * moved[column]
                    - (image[row] * moved[column] + moved[row] * image[column]) / curvature
            }
        }
    }
}
