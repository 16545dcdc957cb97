/// A product `c = a·b` or `c += a·b`, (m, k)·(k, n), described
/// without its data.
package struct ProductShape: Hashable, Sendable {
    /// How a factor lies in memory; strides in elements.
    struct Factor: Hashable, Sendable {
        var type: ElementType
        var rowStride: Int
        var columnStride: Int
    }

    var m: Int
    var n: Int
    var k: Int
    var a: Factor
    /// Nil: packed by the library.
    var b: Factor?
    var c: Factor
    /// Whether a row of n is added to every row of c.
    var hasBias = false
    /// Whether the sum runs over the tokens of a batch, and not the rows.
    var sumsOverTokens = false
    /// Whether c is added to.
    var accumulates = false
}
