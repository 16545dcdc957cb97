import Experiments

/// What a method puts into the files of each format, beyond what is there
/// without a word.
///
/// Whatever it does not put anywhere is exact all the same: it is in the folded
/// weights (`Transformer.folded`) that merged folders, folders with code and a
/// base of an export's own hold, and PEFT gets low-rank updates or whole
/// modules of it (`PEFTAdapter.addTheRest`).
protocol ExportedMethod: AdaptationMethod {
    /// The compact form in an adapter of PEFT, where it is neither.
    func add(to adapter: inout PEFTAdapter, of model: TrainedModel)
    /// PEFT's own form of it, where it is alone.
    func nativeForm(of model: TrainedModel) -> PEFTNativeForm?
    /// The virtual tokens of PEFT that it is; then all else is in the base.
    func virtualTokens(of model: TrainedModel) -> PEFTVirtualTokens?

    func add(to setup: inout AdapterHubSetup, of model: TrainedModel)

    /// The Python that does what cannot be folded; nil where all can.
    func passage(for family: ModelFamily, reading rows: ReadRows) -> CustomCode.Passage?
    /// Itself as it computes once it is trained, whatever it was trained as.
    var evaluated: Component { get }
    /// The tensors that the passage needs, of `evaluated`.
    func codeTensors(of family: ModelFamily, _ shape: ModelShape) -> [CodeTensor]
}

extension ExportedMethod {
    func add(to adapter: inout PEFTAdapter, of model: TrainedModel) {}
    func nativeForm(of model: TrainedModel) -> PEFTNativeForm? { nil }
    func virtualTokens(of model: TrainedModel) -> PEFTVirtualTokens? { nil }
    func add(to setup: inout AdapterHubSetup, of model: TrainedModel) { setup.needsOwnBase() }
    func passage(for family: ModelFamily, reading rows: ReadRows) -> CustomCode.Passage? { nil }
    var evaluated: Component { Component(self) }
    func codeTensors(of family: ModelFamily, _ shape: ModelShape) -> [CodeTensor] { [] }
}

extension Component {
    var exported: any ExportedMethod { inEngine() }
}

extension LayerNormTuning: ExportedMethod {}
extension Unfreezing: ExportedMethod {}
extension AdaLoRA: ExportedMethod {}
/// No format holds it; a folder that names it is refused.
extension AdapterFusion: ExportedMethod {}
/// Rounded weights are folded in as they were rounded.
extension NF4Quantization: ExportedMethod {}
