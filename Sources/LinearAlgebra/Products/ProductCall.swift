/// A product with its data: pointers to the first elements, of the types that
/// the shape names.
package struct ProductCall {
    var shape: ProductShape
    /// The rows of a and c for which there is room: m, or more. What lies
    /// beyond m may be read, and written to c, and means nothing.
    var rows: Int
    var a: UnsafeRawPointer
    var b: UnsafeRawPointer
    var bias: UnsafePointer<Float>?
    var c: UnsafeMutableRawPointer
}
