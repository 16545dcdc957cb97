import Foundation

/// The normal distribution with mean 0 and deviation 1.
package enum StandardNormal {
    /// The probability of a smaller value.
    package static func cumulative(_ value: Double) -> Double { 0.5 * erfc(-value * 0.5.squareRoot()) }

    /// The value below which a share of the probability lies, with a relative
    /// error of 1e-9 (P. J. Acklam 2003, "An algorithm for computing the
    /// inverse normal cumulative distribution function").
    /// - Parameter share: clipped to 1e-300 ... 1 - 2^-53.
    package static func quantile(_ share: Double) -> Double {
        let share = min(max(share, 1e-300), 1 - 0x1p-53)
        if share < 0.02425 { return tail((-2 * log(share)).squareRoot()) }
        if share > 1 - 0.02425 { return -tail((-2 * log(1 - share)).squareRoot()) }
        let centred = share - 0.5
        let square = centred * centred
        return centred * polynomial(middle.numerator, square) / polynomial(middle.denominator, square)
    }

    private static func tail(_ distance: Double) -> Double {
        polynomial(outer.numerator, distance) / polynomial(outer.denominator, distance)
    }

    private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
        coefficients.reduce(0) { $0 * x + $1 }
    }

    /// The highest power first.
    private static let middle = (
        numerator: [
            -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
            -3.066479806614716e+01, 2.506628277459239e+00,
        ],
        denominator: [
            -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
            -1.328068155288572e+01, 1,
        ]
    )

    private static let outer = (
        numerator: [
            -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
            4.374664141464968e+00, 2.938163982698783e+00,
        ],
        denominator: [
            7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1,
        ]
    )
}
