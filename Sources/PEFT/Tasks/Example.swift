/// A text or pair of texts with what is to be said of it: the position of its
/// label among the task's, or a number.
public struct Example<Label: Sendable & Hashable>: Sendable, Hashable {
    public var text: String
    public var pair: String?
    public var label: Label

    public init(text: String, pair: String? = nil, label: Label) {
        self.text = text
        self.pair = pair
        self.label = label
    }
}
