/// Pareto dominance of vectors of equal length, every entry to be made small.
enum Dominance {
    /// Whether `a` is nowhere larger than `b` and somewhere smaller.
    static func dominates(_ a: [Double], _ b: [Double]) -> Bool {
        var isSmaller = false
        for index in a.indices {
            if a[index] > b[index] { return false }
            if a[index] < b[index] { isSmaller = true }
        }
        return isSmaller
    }
}
