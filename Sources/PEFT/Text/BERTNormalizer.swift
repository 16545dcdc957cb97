import Foundation

/// The text clean-up of BERT: control characters out, ideographs apart,
/// accents off, lower case; step by step and table by table as the
/// `BertNormalizer` of the Hugging Face tokenizers does it.
struct BERTNormalizer: Sendable {
    /// Drops control characters and makes all white space a blank.
    let cleansText: Bool
    /// Puts blanks around Chinese characters.
    let isolatesIdeographs: Bool
    /// Decomposes canonically and drops the non-spacing marks.
    let stripsAccents: Bool
    let lowercases: Bool

    private static let removed: UInt8 = 0xFF
    /// What becomes of each ASCII character; `removed` if nothing.
    private let ascii: [UInt8]

    init(cleansText: Bool, isolatesIdeographs: Bool, stripsAccents: Bool?, lowercases: Bool) {
        self.cleansText = cleansText
        self.isolatesIdeographs = isolatesIdeographs
        self.stripsAccents = stripsAccents ?? lowercases
        self.lowercases = lowercases
        ascii = (0..<0x80).map { (byte: UInt8) in
            let scalar = Unicode.Scalar(byte)
            if cleansText {
                if ScalarTable.shared[scalar].contains(.removed) { return Self.removed }
                if ScalarTable.shared[scalar].contains(.whitespace) { return UInt8(ascii: " ") }
            }
            return lowercases && (0x41...0x5A).contains(byte) ? byte + 0x20 : byte
        }
    }

    /// The normalized form of a part of a text, both in UTF-8.
    func normalize(_ text: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var output = Output(normalizer: self)
        output.text.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = text[index]
            if byte < 0x80 {
                let mapped = ascii[Int(byte)]
                if mapped != Self.removed { output.append(ascii: mapped) }
                index += 1
            } else {
                output.normalize(text.nextScalar(at: &index))
            }
        }
        output.flush()
        return output.text
    }
}

extension BERTNormalizer {
    /// The text so far, and the combining characters that wait to be put in
    /// canonical order.
    private struct Output {
        let normalizer: BERTNormalizer
        let table = ScalarTable.shared
        var text: [UInt8] = []
        var waiting: [(order: UInt8, scalar: Unicode.Scalar)] = []

        init(normalizer: BERTNormalizer) {
            self.normalizer = normalizer
        }

        mutating func append(ascii byte: UInt8) {
            if !waiting.isEmpty { flush() }
            text.append(byte)
        }

        mutating func normalize(_ scalar: Unicode.Scalar) {
            let classes = table[scalar]
            if normalizer.cleansText {
                if classes.contains(.removed) { return }
                if classes.contains(.whitespace) { return append(ascii: UInt8(ascii: " ")) }
            }
            let isIsolated = normalizer.isolatesIdeographs && classes.contains(.ideograph)
            if isIsolated { append(ascii: UInt8(ascii: " ")) }
            if normalizer.stripsAccents {
                CanonicalDecomposition.forEach(of: scalar, in: classes) { appendUnlessAccent($0) }
            } else {
                appendCased(scalar)
            }
            if isIsolated { append(ascii: UInt8(ascii: " ")) }
        }

        /// Canonical ordering comes before the accents fall, so those of
        /// class 0 still part their neighbours.
        mutating func appendUnlessAccent(_ scalar: Unicode.Scalar) {
            let classes = table[scalar]
            let order =
                classes.contains(.combining) ? scalar.properties.canonicalCombiningClass.rawValue : 0
            if order == 0, !waiting.isEmpty { flush() }
            if classes.contains(.accent) { return }
            if order == 0 { appendCased(scalar) } else { waiting.append((order, scalar)) }
        }

        mutating func flush() {
            let ordered = waiting.enumerated()
                .sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }
            for (_, element) in ordered { appendCased(element.scalar) }
            waiting.removeAll(keepingCapacity: true)
        }

        mutating func appendCased(_ scalar: Unicode.Scalar) {
            if normalizer.lowercases {
                table.appendLowerCase(of: scalar, to: &text)
            } else {
                text.append(utf8Of: scalar)
            }
        }
    }
}
