/// Text as one word of a POSIX shell.
enum ShellWord {
    static func quoted(_ word: String) -> String {
        word.wholeMatch(of: #/[A-Za-z0-9_.\/:@%+=,-]+/#) != nil
            ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}
