extension CustomCode.Passage {
    /// For words the rows of the prompt are taken out again above the encoder.
    static func prompt(reading rows: ReadRows) -> CustomCode.Passage {
        CustomCode.Passage(method: "prompt", text: rows == .all ? insertion + "\n" + removal : insertion)
    }

    private static let insertion = #"""
        def attach_prompt(model, part):
            """Trained vectors among the word embeddings: Lester et al. 2021."""
            length, before = part["length"], 0 if part.get("placement", "before") == "before" else 1
            embeddings = model.base_model.embeddings
            embeddings.prompt = nn.Embedding(length, embeddings.word_embeddings.embedding_dim)

            def insert(encoder, args, kwargs):
                kwargs.update(zip(["input_ids", "attention_mask", "token_type_ids"], args))
                words = kwargs.pop("inputs_embeds", None)
                ids = kwargs.pop("input_ids", None)
                words = encoder.embeddings.word_embeddings(ids) if words is None else words

                def extended(x, added):
                    return torch.cat([x[:, :before], added, x[:, before:]], 1)

                fills = {"attention_mask": 1}
                if kwargs.get("token_type_ids") is not None:
                    fills["token_type_ids"] = 0
                for name, fill in fills.items():
                    given = kwargs.get(name)
                    if given is None:
                        given = torch.full(words.shape[:2], fill, device=words.device)
                    kwargs[name] = extended(given, given.new_full((len(words), length), fill))
                prompt = encoder.embeddings.prompt.weight
                kwargs["inputs_embeds"] = extended(words, prompt.expand(len(words), -1, -1))
                return (), kwargs

            model.base_model.register_forward_pre_hook(insert, with_kwargs=True)
        """#

    private static let removal = #"""

            def remove(encoder, args, output):
                hidden = output.last_hidden_state
                output.last_hidden_state = torch.cat([hidden[:, :before], hidden[:, before + length:]], 1)
                return output

            model.base_model.register_forward_hook(remove)
        """#
}
