extension HeadSettings: DefaultConstructible {
    public init() { self.init(pooler: .trained) }

    package static let settings: [Setting<HeadSettings>] = [
        .choice(
            "pooler", \.pooler, searched: .choice(["trained", "frozen"]),
            "The dense layer under the classifier: trained, frozen, or absent."),
        .number("dropout", \.dropout, in: 0...0.99, "Dropout before the classifier."),
        .number(
            "learning_rate_scale", \.learningRateScale, in: 0...100, above: true, isAlwaysWritten: false,
            "Multiplies the learning rate of the head."),
    ]
}

extension TrainingSettings: DefaultConstructible {
    public init() { self.init(learningRate: 1e-3) }

    package static let settings: [Setting<TrainingSettings>] = [
        .number(
            "learning_rate", \.learningRate, in: 0...10, above: true,
            searched: .real(lower: 1e-4, upper: 1e-2, scale: .log), "The peak of AdamW's learning rate."),
        .integer(
            "epochs", \.epochs, in: 1...1000, searched: .integer(lower: 1, upper: 3, scale: .linear),
            "Passes over the training split."),
        .integer("batch_size", \.batchSize, in: 1...4096, "Examples a step."),
        .number(
            "warmup", \.warmup, in: 0...1, "The share of the steps over which the rate rises from 0."),
        .choice("schedule", \.schedule, "How the learning rate falls after the warm-up."),
        .number(
            "weight_decay", \.weightDecay, in: 0...10,
            "Of matrices; biases, LayerNorms and other vectors do not decay."),
        .number(
            "gradient_clipping", \.gradientClipping, in: 0...1e6,
            "The largest norm of all gradients together; 0 does not clip."),
        .choice(
            "sampling", \.sampling, isAlwaysWritten: false,
            "Whether each step trains all of the configuration, or in turn all, the smallest and drawn parts."
        ),
    ]
}
