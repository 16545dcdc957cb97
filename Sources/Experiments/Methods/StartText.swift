/// What holds for texts whose tokens virtual tokens begin as.
enum StartText {
    /// In UTF-8: some sequences of the longest that an encoder reads.
    static let mostBytes = 10_000

    /// What is wrong with a text that nothing reads; nil where there is none.
    static func unread(_ text: String, isRead: Bool, by method: String) -> String? {
        text.isEmpty || isRead ? nil : "\(method).text is read where \(method).start is text alone"
    }
}
