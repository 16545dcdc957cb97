/// How the text between added tokens becomes ids.
protocol Segmenter: Sendable {
    /// The normalized form of a part of a text, both in UTF-8.
    func normalize(_ text: [UInt8], _ range: Range<Int>) -> [UInt8]

    /// Appends the ids of a part of a normalized text, until `ids` has `limit`
    /// elements or more.
    func append(_ range: Range<Int>, of text: [UInt8], limit: Int, to ids: inout [Int32])
}
