/// One of the two maps of a bottleneck adapter in the making.
struct AdapterMap {
    enum Side: String {
        case down, up
    }

    let side: Side
    /// The name of the adapter, or of a copy of it.
    let adapter: String
    /// The name of the adapter itself: copies begin alike.
    let original: String
    let input: Int
    let output: Int

    init(_ side: Side, of adapter: String, from input: Int, to output: Int) {
        self.init(side, of: adapter, original: adapter, from: input, to: output)
    }

    private init(_ side: Side, of adapter: String, original: String, from input: Int, to output: Int) {
        self.side = side
        self.adapter = adapter
        self.original = original
        self.input = input
        self.output = output
    }

    var name: String { "\(adapter).\(side.rawValue)" }

    func copy(_ number: Int) -> AdapterMap {
        AdapterMap(
            side, of: "\(adapter).copies.\(number)", original: original, from: input, to: output)
    }

    func fresh(
        _ part: String, _ start: Initializer, _ rows: Int, _ columns: Int, in attachment: Attachment
    ) -> Parameter {
        attachment.fresh(
            "\(name).\(part)", start, rows, columns, stream: "\(original).\(side.rawValue).\(part)")
    }
}
