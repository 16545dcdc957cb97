import Experiments

extension PrefixTuningPlus: ExportedMethod {
    func passage(for family: ModelFamily, reading rows: ReadRows) -> CustomCode.Passage? {
        .prefixPlus(of: PythonModel(of: family))
    }

    func codeTensors(of family: ModelFamily, _ shape: ModelShape) -> [CodeTensor] {
        let tensor = NamedTensor("prefix_plus.weight", shape.hidden, shape.hidden / shape.heads)
        return layers.sorted().map { CodeTensor(besideAttention: tensor, in: $0, of: family) }
    }
}
