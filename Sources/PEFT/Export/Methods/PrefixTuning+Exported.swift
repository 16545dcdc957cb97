import Experiments
import LinearAlgebra

extension PrefixTuning: ExportedMethod {
    func virtualTokens(of model: TrainedModel) -> PEFTVirtualTokens? {
        PEFTVirtualTokens(type: "PREFIX_TUNING", embeddings: table(of: model.network.blocks))
    }

    /// Blocks with prefixes of one length are one adapter.
    func add(to setup: inout AdapterHubSetup, of model: TrainedModel) {
        let layers = Dictionary(grouping: present.keys) { present[$0]! }
        for (length, layers) in layers {
            let layers = layers.sorted()
            setup.addPrefix(
                table(of: layers.map { model.network.blocks[$0] }), length: length, layers: layers)
        }
    }

    /// (P, 2·n·d): key and value of a block after the other.
    private func table(of blocks: [EncoderBlock]) -> Matrix {
        .joiningColumns(blocks.compactMap(\.prefix).flatMap { [$0.key.value, $0.value.value] })
    }

    static func passage(for model: PythonModel, reading rows: ReadRows) -> CustomCode.Passage? {
        model.hasPlainParts ? .plainPrefix : .prefix
    }

    var evaluated: Component {
        .prefix(PrefixTuning(lengths: lengths, shiftsPositions: shiftsPositions))
    }

    func codeTensors(of family: ModelFamily, _ shape: ModelShape) -> [CodeTensor] {
        present.sorted { $0.key < $1.key }.flatMap { layer, length in
            ["key", "value"].map { part in
                let place = "\(family.names.block(layer)).\(PythonModel(of: family).prefixes)"
                return CodeTensor(
                    ours: NamedTensor(Self.tensor(part, layer: layer, family), length, shape.hidden),
                    theirs: family.transformersName(of: "\(place).prefix_\(part).weight"))
            }
        }
    }

    private var present: [Int: Int] { lengths.filter { $0.value > 0 } }

    static func tensor(_ part: String, layer: Int, _ family: ModelFamily) -> String {
        "\(family.names.block(layer)).attention.self.prefix_\(part).weight"
    }
}
