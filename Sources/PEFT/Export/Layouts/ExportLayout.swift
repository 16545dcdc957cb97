import Experiments

/// The files of one format, and how a person loads them.
protocol ExportLayout {
    /// What the record of an export calls it.
    static var name: String { get }

    /// Writes everything but card, record and licence.
    func write(into folder: ExportFolder) throws(InputError)

    /// The lines of Python that define `tokenizer` and `model`, `folder` being
    /// the path of the export.
    var loading: [String] { get }
    /// The packages that the lines need, for the card.
    var requirements: String { get }
    /// The library of the card's front matter.
    var library: String { get }
}

extension ExportLayout {
    var name: String { Self.name }
}
