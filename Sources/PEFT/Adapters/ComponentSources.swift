import Experiments

/// Where that is found which components name and a configuration does not hold.
public struct ComponentSources: Sendable {
    /// With the files of the tokenizer.
    let modelFolder: String
    /// Of the task; empty for a regression.
    let labels: [String]

    /// The sources of a model and a task.
    ///
    /// - Parameters:
    ///   - modelFolder: the base model's, whose tokenizer reads texts.
    ///   - labels: the names of the task's labels.
    public init(modelFolder: String, labels: [String]) {
        self.modelFolder = modelFolder
        self.labels = labels
    }
}
