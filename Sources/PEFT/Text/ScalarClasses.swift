/// What the BERT normalizer and splitter need to know of every Unicode scalar.
///
/// The tables are those of the Hugging Face tokenizers and not those of the
/// Swift library: the two follow different Unicode versions, and a model was
/// trained with the former.
struct ScalarClasses: OptionSet {
    let rawValue: UInt8

    static let removed = ScalarClasses(rawValue: 1)
    static let whitespace = ScalarClasses(rawValue: 1 << 1)
    static let punctuation = ScalarClasses(rawValue: 1 << 2)
    static let ideograph = ScalarClasses(rawValue: 1 << 3)
    static let accent = ScalarClasses(rawValue: 1 << 4)
    static let decomposable = ScalarClasses(rawValue: 1 << 5)
    static let combining = ScalarClasses(rawValue: 1 << 6)
    static let upperCase = ScalarClasses(rawValue: 1 << 7)
}

/// The classes and the lower case of all scalars, unpacked once per process.
struct ScalarTable: Sendable {
    static let shared = ScalarTable()

    private let classes: [UInt8]
    private let lowerCaseRuns: [LowerCaseRun]

    subscript(scalar: Unicode.Scalar) -> ScalarClasses {
        ScalarClasses(rawValue: classes[Int(scalar.value)])
    }

    /// The lower case of one scalar as Rust's `char::to_lowercase` gives it:
    /// without regard to its neighbours, so a final sigma is an ordinary one.
    func appendLowerCase(of scalar: Unicode.Scalar, to text: inout [UInt8]) {
        guard self[scalar].contains(.upperCase) else { return text.append(utf8Of: scalar) }
        if scalar == "\u{130}" {
            text.append(UInt8(ascii: "i"))
            return text.append(utf8Of: "\u{307}")
        }
        var low = 0
        var high = lowerCaseRuns.count
        while low < high {
            let middle = (low + high) / 2
            if lowerCaseRuns[middle].last < scalar.value { low = middle + 1 } else { high = middle }
        }
        text.append(utf8Of: lowerCaseRuns[low].target(of: scalar))
    }

    private init() {
        var classes = [UInt8](repeating: 0, count: 0x110000)
        let tables: [(String, ScalarClasses)] = [
            (ScalarTables.removed, .removed), (ScalarTables.whitespace, .whitespace),
            (ScalarTables.punctuation, .punctuation), (ScalarTables.ideographs, .ideograph),
            (ScalarTables.accents, .accent), (ScalarTables.decomposable, .decomposable),
            (ScalarTables.combining, .combining),
        ]
        for (table, scalarClass) in tables {
            ScalarTables.forEachRange(of: table) { range in
                for value in range { classes[value] |= scalarClass.rawValue }
            }
        }
        let runs = ScalarTables.lowerCase.split(separator: " ").map(LowerCaseRun.init)
        for run in runs {
            for value in stride(from: run.first, through: run.last, by: run.stride) {
                classes[Int(value)] |= ScalarClasses.upperCase.rawValue
            }
        }
        classes[0x130] |= ScalarClasses.upperCase.rawValue
        self.classes = classes
        lowerCaseRuns = runs
    }
}

extension ScalarTables {
    /// Calls `body` with each range of scalar values that a table lists.
    static func forEachRange(of table: String, _ body: (ClosedRange<Int>) -> Void) {
        for range in table.split(separator: " ") {
            let bounds = range.split(separator: "-").map { Int($0, radix: 16)! }
            body(bounds[0]...bounds[bounds.count - 1])
        }
    }
}

/// Every `stride`-th scalar of a range, and the lower case of the first; the
/// others lie at the same distance.
private struct LowerCaseRun {
    let first: UInt32
    let last: UInt32
    let stride: Int
    let firstTarget: UInt32

    /// Reads `first-last/stride:target` of the generated table.
    init(_ text: Substring) {
        let numbers = text.split { "-/:".contains($0) }.map { UInt32($0, radix: 16)! }
        (first, last, stride, firstTarget) = (numbers[0], numbers[1], Int(numbers[2]), numbers[3])
    }

    func target(of scalar: Unicode.Scalar) -> Unicode.Scalar {
        Unicode.Scalar(firstTarget + (scalar.value - first)) ?? scalar
    }
}
