import Experiments

extension YAMLDocument {
    /// The most aliases that a text may have.
    private static let mostAliases = 20

    /// Refuses a text in which aliases of aliases could stand for too much.
    ///
    /// Yams compares the keys of a map with all that aliases in them stand for,
    /// before anything of it can be counted: a few hundred bytes would keep it
    /// busy for ever. What looks like an alias is taken for one.
    static func refuseManyAliases(in text: String, subject: String) throws(InputError) {
        var (count, line) = (0, 1)
        var isAfterAsterisk = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\n") { line += 1 }
            if isAfterAsterisk, byte > UInt8(ascii: " ") { count += 1 }
            guard count <= mostAliases else {
                throw InputError(
                    subject, line: line, reason: "has more than \(mostAliases) aliases",
                    suggestion: "write out what they stand for")
            }
            isAfterAsterisk = byte == UInt8(ascii: "*")
        }
    }
}
