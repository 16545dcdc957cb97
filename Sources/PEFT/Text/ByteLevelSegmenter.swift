/// GPT-2's and RoBERTa's way (`ByteLevel` in front of `BPE`): split by classes
/// of characters, then merge the bytes of each word.
struct ByteLevelSegmenter: Segmenter {
    /// Whether a text that does not begin with a blank gets one, so that its
    /// first word is one like the others.
    let addsPrefixSpace: Bool
    let model: BytePairModel

    /// Nothing is changed.
    func normalize(_ text: [UInt8], _ range: Range<Int>) -> [UInt8] { Array(text[range]) }

    func append(_ range: Range<Int>, of text: [UInt8], limit: Int, to ids: inout [Int32]) {
        guard addsPrefixSpace, text[range].first != UInt8(ascii: " ") else {
            return appendWords(range, of: text, limit: limit, to: &ids)
        }
        let spaced = [UInt8(ascii: " ")] + text[range]
        appendWords(spaced.indices, of: spaced, limit: limit, to: &ids)
    }

    private func appendWords(_ range: Range<Int>, of text: [UInt8], limit: Int, to ids: inout [Int32]) {
        var merger = BytePairMerger()
        ByteLevelSplitter.forEachWord(of: text, range) { word in
            model.append(word: text[word], by: &merger, to: &ids)
            return ids.count < limit
        }
    }
}
