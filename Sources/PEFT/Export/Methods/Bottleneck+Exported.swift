import Experiments

extension Bottleneck: ExportedMethod {
    func add(to setup: inout AdapterHubSetup, of model: TrainedModel) {
        for layer in present.keys.sorted() {
            if let adapter = model.network.blocks[layer].adapters[site] {
                setup.add(adapter, self, layer: layer)
            }
        }
    }

    func passage(for family: ModelFamily, reading rows: ReadRows) -> CustomCode.Passage? {
        .bottleneck(of: PythonModel(of: family), gated: gate)
    }

    /// Whatever made its weights, they are plain now.
    var evaluated: Component {
        .bottleneck(Bottleneck(site: site, widths: widths, activation: activation, scale: scale, gate: gate))
    }

    func codeTensors(of family: ModelFamily, _ shape: ModelShape) -> [CodeTensor] {
        present.sorted { $0.key < $1.key }.flatMap { layer, width in
            let block = family.names.block(layer)
            let place = PythonModel(of: family).bottlenecks[site] ?? ""
            let gates = gate ? NamedTensor.gate("gate", of: shape.hidden) : []
            return (Self.tensors(width: width, hidden: shape.hidden) + gates).map { tensor in
                CodeTensor(
                    ours: NamedTensor(
                        "\(block).bottleneck.\(site.rawValue).\(tensor.name)", tensor.rows, tensor.columns),
                    theirs: family.transformersName(of: "\(block).\(place).\(tensor.name)"))
            }
        }
    }

    private var present: [Int: Int] { widths.filter { $0.value > 0 } }

    /// The four tensors of one adapter, by the last two words of their names.
    static func tensors(width: Int, hidden: Int) -> [NamedTensor] {
        [
            NamedTensor("down.weight", width, hidden), NamedTensor("down.bias", 1, width),
            NamedTensor("up.weight", hidden, width), NamedTensor("up.bias", 1, hidden),
        ]
    }
}
