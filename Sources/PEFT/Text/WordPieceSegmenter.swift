/// BERT's way: normalize, split at white space and punctuation, then take the
/// longest pieces of each word.
struct WordPieceSegmenter: Segmenter {
    let normalizer: BERTNormalizer
    let model: WordPieceModel

    func normalize(_ text: [UInt8], _ range: Range<Int>) -> [UInt8] {
        normalizer.normalize(text, range)
    }

    func append(_ range: Range<Int>, of text: [UInt8], limit: Int, to ids: inout [Int32]) {
        WordSplitter.forEachWord(of: text, range) { word, scalars in
            model.append(word: word, of: text, scalars: scalars, to: &ids)
            return ids.count < limit
        }
    }
}
