extension String {
    /// The text with U+FFFD for every control character (Unicode's category
    /// Cc, NUL and line breaks among them) that is not in `kept`.
    ///
    /// Such characters move a terminal's cursor or begin lines that pose as
    /// ours, and PostgreSQL stores no NUL.
    package func replacingControls(except kept: Set<Unicode.Scalar> = []) -> String {
        var result = UnicodeScalarView()
        for scalar in unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control && !kept.contains(scalar)
            result.append(isControl ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }
}
