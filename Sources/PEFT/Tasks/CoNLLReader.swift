import Experiments

/// Reads the files of the CoNLL shared tasks: a word a line with its tag in
/// the last column, a blank line between sentences. Columns are separated by
/// tabs, or by blanks in lines without a tab. `-DOCSTART-` lines are passed
/// over.
struct CoNLLReader {
    private let lines: DataLines
    private let label: String?
    private let limit: Int

    /// - Parameters:
    ///   - label: what errors call the column of the tags; nil where the words
    ///     alone are read, which may then be the only column.
    ///   - limit: the most columns.
    init(lines: DataLines, label: String?, limit: Int) {
        self.lines = lines
        self.label = label
        self.limit = limit
    }

    func sentences() throws(InputError) -> [SentenceRows] {
        var lines = lines
        var sentences: [SentenceRows] = []
        var open: SentenceRows?
        while let line = try lines.next() {
            let columns = try columns(of: line, lines)
            if columns.isEmpty || columns[0].elementsEqual("-DOCSTART-".utf8) {
                open.map { sentences.append($0) }
                open = nil
                continue
            }
            guard columns.count >= 2 || label == nil else {
                throw lines.error("expected a word and its tag, found one column")
            }
            var sentence = open.take() ?? SentenceRows(line: lines.number, words: [], tags: [])
            sentence.words.append(try lines.text(columns[0]))
            if let label { sentence.tags.append(try tag(columns[columns.count - 1], label, lines)) }
            open = sentence
        }
        open.map { sentences.append($0) }
        return sentences
    }

    /// Empty for a blank line.
    private func columns(
        of line: ArraySlice<UInt8>, _ lines: DataLines
    ) throws(InputError) -> [ArraySlice<UInt8>] {
        let blank = UInt8(ascii: " ")
        let tab = UInt8(ascii: "\t")
        guard !line.allSatisfy({ $0 == blank || $0 == tab }) else { return [] }
        let columns =
            line.contains(tab)
            ? line.split(separator: tab, maxSplits: limit, omittingEmptySubsequences: false)
            : line.split(separator: blank, maxSplits: limit)
        guard columns.count <= limit else { throw lines.error("has more than \(limit) columns") }
        guard columns.first?.isEmpty == false else { throw lines.error("the word is empty") }
        return columns
    }

    private func tag(
        _ field: ArraySlice<UInt8>, _ label: String, _ lines: DataLines
    ) throws(InputError) -> String {
        let text = try lines.text(field)
        guard SpanTag(text) != nil else {
            throw lines.error(
                "expected O, or B-, I-, E- or S- and the type of a span, found \"\(text.prefix(80))\"",
                key: label)
        }
        return text
    }
}
