import Experiments

/// What the engine needs of a method beside what `Experiments` knows of it: how
/// its pieces come into a network.
///
/// What a method trains of the base's own it has selected already
/// (`AdaptationMethod.select`); this adds what is new.
protocol AttachedMethod: AdaptationMethod {
    /// Adds what it names and the configuration does not hold.
    /// - Parameter sources: nil where there are none.
    /// - Throws: what is missing or does not fit.
    func gather(
        _ inputs: inout ComponentInputs, for base: BaseModel, from sources: ComponentSources?
    ) throws(InputError)
    func attach(to embeddings: Embeddings, in attachment: Attachment)
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment)
}

extension AttachedMethod {
    func gather(
        _ inputs: inout ComponentInputs, for base: BaseModel, from sources: ComponentSources?
    ) throws(InputError) {}

    func attach(to embeddings: Embeddings, in attachment: Attachment) {}
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {}
}

extension Component {
    /// - Precondition: every method of `Component.methods` has its pieces.
    var attached: any AttachedMethod {
        guard let method = value as? any AttachedMethod else {
            preconditionFailure("\(method) has no pieces in the engine")
        }
        return method
    }
}

extension BiasTuning: AttachedMethod {}
extension LayerNormTuning: AttachedMethod {}
extension Unfreezing: AttachedMethod {}
