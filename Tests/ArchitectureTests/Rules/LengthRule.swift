/// A file that one person can hold in mind: at most 400 lines.
enum LengthRule {
    static let limit = 400

    static func violations(in file: SourceFile) -> [String] {
        // What follows the last line break is not a line.
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        return count > limit ? ["\(file.path): \(count) lines"] : []
    }
}
