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

    func passage(for family: ModelFamily, reading rows: ReadRows) -> CustomCode.Passage? {
        .prefix(of: PythonModel(of: family), gated: gate)
    }

    var evaluated: Component {
        .prefix(PrefixTuning(lengths: lengths, shiftsPositions: shiftsPositions, gate: gate))
    }

    func codeTensors(of family: ModelFamily, _ shape: ModelShape) -> [CodeTensor] {
        present.sorted { $0.key < $1.key }.flatMap { layer, length in
            let tables = ["key", "value"].map { NamedTensor("prefix_\($0).weight", length, shape.hidden) }
            let gates = gate ? NamedTensor.gate("prefix_gate", of: shape.hidden) : []
            return (tables + gates).map { CodeTensor(besideAttention: $0, in: layer, of: family) }
        }
    }

    private var present: [Int: Int] { lengths.filter { $0.value > 0 } }

    static func tensor(_ part: String, layer: Int, _ family: ModelFamily) -> String {
        "\(family.names.block(layer)).attention.self.prefix_\(part).weight"
    }
}
