/// A form in which a trained configuration can be handed over.
public enum ExportFormat: String, Sendable, Hashable, CaseIterable {
    /// Full weights that the library transformers loads by itself.
    case merged
    /// An adapter for Hugging Face PEFT.
    case peft
    /// A stack of adapters for AdapterHub's library adapters.
    case adapterHub = "adapterhub"
    /// Full weights with a Python file that adds what they cannot hold.
    case customCode = "custom_code"
}
