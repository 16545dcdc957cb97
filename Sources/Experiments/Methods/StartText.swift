/// What holds for texts whose tokens virtual tokens begin as.
enum StartText {
    /// In UTF-8: some sequences of the longest that an encoder reads.
    static let mostBytes = 10_000
}
