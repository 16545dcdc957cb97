import Experiments

extension PromptTuning: ExportedMethod {
    static let tensor = "embeddings.prompt.weight"

    func virtualTokens(of model: TrainedModel) -> PEFTVirtualTokens? {
        model.network.embeddings.prompt.map {
            PEFTVirtualTokens(type: "PROMPT_TUNING", embeddings: $0.vectors.value)
        }
    }

    func passage(for family: ModelFamily, reading rows: ReadRows) -> CustomCode.Passage? {
        .prompt(reading: rows)
    }

    var evaluated: Component { .prompt(PromptTuning(length: length, placement: placement)) }

    func codeTensors(of family: ModelFamily, _ shape: ModelShape) -> [CodeTensor] {
        [
            CodeTensor(
                ours: NamedTensor(Self.tensor, length, shape.embedding),
                theirs: family.transformersName(of: Self.tensor))
        ]
    }
}
