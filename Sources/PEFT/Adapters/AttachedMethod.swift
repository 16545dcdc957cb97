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
    var attached: any AttachedMethod { inEngine() }

    /// Its value as what this target makes of every method.
    /// - Precondition: each of `Component.methods` conforms.
    func inEngine<Role>(as role: Role.Type = Role.self) -> Role {
        guard let method = value as? Role else { preconditionFailure("\(method) is no \(role)") }
        return method
    }
}

extension BiasTuning: AttachedMethod {}
extension LayerNormTuning: AttachedMethod {}
extension Unfreezing: AttachedMethod {}
