import Experiments
import LinearAlgebra

extension PromptTuning: AttachedMethod {
    func attach(to embeddings: Embeddings, in attachment: Attachment) {
        guard length > 0 else { return }
        let name = "embeddings.prompt.weight"
        let vectors =
            switch start {
            case .random: attachment.fresh(name, .normal(deviation: 1), length, words(embeddings).columns)
            case .vocabulary:
                attachment.trained(
                    name, words(embeddings).gatherRows(attachment.drawnTokens(length, purpose: Self.name)),
                    decays: true)
            }
        embeddings.prompt = Prompt(vectors, tokensBefore: placement == .before ? 0 : 1)
    }

    private func words(_ embeddings: Embeddings) -> Matrix { embeddings.words.value }
}
