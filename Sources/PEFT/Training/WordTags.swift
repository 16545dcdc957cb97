/// The tags of the words of a split's sentences, and where the tokens stand
/// that carry them: the first token of each word, as in Hugging Face's
/// examples.
public struct WordTags: Sendable, Hashable {
    /// Of all words, sentences one after the other.
    let tags: [Int32]
    /// Sentence s has the words `offsets[s] ..< offsets[s + 1]`.
    let offsets: [Int]
    /// Of each word's first token within its sequence; -1 for a word that was
    /// cut off.
    let firstTokens: [Int32]

    /// As many tags as first tokens; `offsets` ascend from 0 to that number.
    package init(tags: [Int32], offsets: [Int], firstTokens: [Int32]) {
        self.tags = tags
        self.offsets = offsets
        self.firstTokens = firstTokens
    }

    /// Sentences.
    var count: Int { offsets.count - 1 }

    /// The tags of the words that have a token.
    var labels: [Int] { zip(tags, firstTokens).filter { $1 >= 0 }.map { Int($0.0) } }

    /// The rows of those tokens where sequence s begins at `starts[s]`.
    func rows(_ starts: [Int]) -> [Int] {
        (0..<count).flatMap { sentence in
            firstTokens[offsets[sentence]..<offsets[sentence + 1]].compactMap { token in
                token >= 0 ? starts[sentence] + Int(token) : nil
            }
        }
    }

    func selecting(_ sentences: [Int]) -> WordTags {
        var starts = [0]
        for sentence in sentences {
            starts.append(starts[starts.count - 1] + offsets[sentence + 1] - offsets[sentence])
        }
        return WordTags(
            tags: sentences.flatMap { tags[offsets[$0]..<offsets[$0 + 1]] }, offsets: starts,
            firstTokens: sentences.flatMap { firstTokens[offsets[$0]..<offsets[$0 + 1]] })
    }
}
