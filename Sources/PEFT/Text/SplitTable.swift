/// What the pattern of byte-level tokenizers tells apart.
enum SplitClass: UInt8 {
    case other, letter, number, whitespace
}

/// The split class of every scalar, unpacked once per process; the tables are
/// those of the Hugging Face tokenizers (see `ScalarClasses`).
struct SplitTable: Sendable {
    static let shared = SplitTable()

    private let classes: [UInt8]

    private init() {
        var classes = [UInt8](repeating: 0, count: 0x110000)
        let tables: [(String, SplitClass)] = [
            (ScalarTables.letters, .letter), (ScalarTables.numbers, .number),
            (ScalarTables.whitespace, .whitespace),
        ]
        for (table, splitClass) in tables {
            ScalarTables.forEachRange(of: table) { range in
                for value in range { classes[value] = splitClass.rawValue }
            }
        }
        self.classes = classes
    }

    /// Of the scalar that begins at `index`, which moves past it.
    func nextClass(in text: [UInt8], at index: inout Int) -> SplitClass {
        let byte = text[index]
        let value: Int
        if byte < 0x80 {
            value = Int(byte)
            index += 1
        } else {
            value = Int(text.nextScalar(at: &index).value)
        }
        return SplitClass(rawValue: classes[value]) ?? .other
    }

    /// Whether the scalar that begins there is white space; false at the end.
    func isWhitespace(_ text: [UInt8], at index: Int) -> Bool {
        var index = index
        return index < text.count && nextClass(in: text, at: &index) == .whitespace
    }
}
