/// A tag of a word that marks spans: `O`, or where in a span of some type the
/// word stands.
struct SpanTag: Hashable {
    /// `E` ends and `S` is a whole span (IOBES); IOB knows neither.
    enum Place: String { case begin = "B", inside = "I", end = "E", single = "S", outside = "O" }

    let place: Place
    /// Empty outside.
    let type: Substring

    static let outside = SpanTag(place: .outside, type: "")

    private init(place: Place, type: Substring) {
        self.place = place
        self.type = type
    }

    /// Nil for what is neither `O` nor `B-`, `I-`, `E-`, `S-` and a type.
    init?(_ text: String) {
        if text == "O" {
            self = .outside
            return
        }
        guard let place = Place(rawValue: String(text.prefix(1))), place != .outside,
            text.dropFirst().first == "-", text.utf8.count > 2
        else { return nil }
        self.init(place: place, type: text.dropFirst(2))
    }

    /// Whether a span ends between two neighbours, by the rules of conlleval
    /// (Tjong Kim Sang and Buchholz 2000), which seqeval's default mode keeps.
    static func endsSpan(_ previous: SpanTag, _ next: SpanTag) -> Bool {
        switch previous.place {
        case .end, .single: true
        case .begin, .inside:
            next.place == .begin || next.place == .single || next.place == .outside
                || previous.type != next.type
        case .outside: false
        }
    }

    /// Whether a span begins with the second of two neighbours; an `I-` after
    /// `O`, or of another type, begins one.
    static func beginsSpan(_ previous: SpanTag, _ next: SpanTag) -> Bool {
        switch next.place {
        case .begin, .single: true
        case .inside, .end:
            [.end, .single, .outside].contains(previous.place) || previous.type != next.type
        case .outside: false
        }
    }
}
