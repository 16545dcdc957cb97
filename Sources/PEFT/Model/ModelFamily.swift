import Experiments

/// What tells a family of encoders from the others whose blocks are BERT's:
/// all as data, so that the engine has one path for every family
/// (docs/decisions/0012).
///
/// The block itself (post-LayerNorm, six maps, exact GELU) is common to all.
public struct ModelFamily: Sendable, Hashable {
    /// `model_type` of a `config.json`.
    public let name: String
    /// What stands before the encoder's tensors in a checkpoint with a head:
    /// `bert.`. A checkpoint of the encoder alone has it or has it not.
    let prefix: String
    let names: TensorNames
    let head: HeadLayout
    let configuration: ConfigurationKeys
    let positions: PositionCounting

    init(
        _ name: String, names: TensorNames = .bert, head: HeadLayout,
        configuration: ConfigurationKeys = ConfigurationKeys(), positions: PositionCounting = .fromZero
    ) {
        self.name = name
        prefix = name + "."
        self.names = names
        self.head = head
        self.configuration = configuration
        self.positions = positions
    }

    /// The tensors of an encoder of this shape, by their names without prefix.
    func tensors(of shape: ModelShape) -> [NamedTensor] { names.tensors(of: shape) }

    /// The tensors of the layer under the classifier, which a checkpoint may
    /// lack.
    func poolerTensors(of shape: ModelShape) -> [NamedTensor] {
        [
            NamedTensor("\(head.pooler).weight", shape.hidden, shape.hidden),
            NamedTensor("\(head.pooler).bias", 1, shape.hidden),
        ]
    }
}

/// How the tokens of a sequence find their rows in the position table.
enum PositionCounting: Sendable, Hashable {
    /// Row 0, 1, 2, …
    case fromZero
    /// Padding has the row of its own id; the others have the rows behind it,
    /// and do not count it.
    case behindPadding

    /// The row of the first token.
    func offset(paddingID: Int) -> Int {
        switch self {
        case .fromZero: 0
        case .behindPadding: paddingID + 1
        }
    }
}
