import Experiments

/// Values as Python writes them.
enum PythonText {
    /// A JSON string is one of Python, too.
    static func literal(_ text: String) -> String { JSON.string(text).canonicalText }

    static func list(_ texts: [String]) -> String {
        "[\(texts.map(literal).joined(separator: ", "))]"
    }
}
