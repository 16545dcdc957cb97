extension CustomCode.Passage {
    static let headMethod = "no_pooler"

    /// The classifier on the first token's hidden state.
    static func headWithoutPooler(of family: ModelFamily) -> CustomCode.Passage {
        CustomCode.Passage(
            method: headMethod,
            text: family.headModules == ["classifier"]
                ? (family.head.pooler.hasPrefix("classifier.") ? withinClassifier : withinEncoder) : besideIt)
    }

    /// BERT: the pooler is a module of the encoder.
    private static let withinEncoder = #"""
        class FirstToken(nn.Module):
            """In the place of the pooler: the first token's hidden state as it is."""

            def forward(self, hidden_states):
                return hidden_states[:, 0]


        def attach_no_pooler(model, part):
            model.base_model.pooler = FirstToken()
        """#

    /// RoBERTa and ELECTRA: a dense layer within the classifier.
    private static let withinClassifier = #"""
        class FirstTokenClassifier(nn.Module):
            """In the place of the classifier: its last layer alone."""

            def __init__(self, out_proj):
                super().__init__()
                self.out_proj = out_proj

            def forward(self, features, **kwargs):
                return self.out_proj(features[:, 0])


        def attach_no_pooler(model, part):
            model.classifier = FirstTokenClassifier(model.classifier.out_proj)
        """#

    /// DistilBERT: a dense layer beside it, whose output is rectified.
    private static let besideIt = #"""
        class BothSigns(nn.Module):
            """In the place of the dense layer: what a rectifier does not lose."""

            def forward(self, x):
                return torch.cat([x, -x], -1)


        class Difference(nn.Linear):
            """The classifier of what BothSigns was given."""

            def forward(self, x):
                positive, negative = x.chunk(2, -1)
                return super().forward(positive - negative)


        def attach_no_pooler(model, part):
            model.pre_classifier = BothSigns()
            model.classifier = Difference(model.config.dim, model.config.num_labels)
        """#
}
