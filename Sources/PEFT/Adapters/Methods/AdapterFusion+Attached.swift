import Experiments
import LinearAlgebra

extension AdapterFusion: AttachedMethod {
    func gather(
        _ inputs: inout ComponentInputs, for base: BaseModel, from sources: ComponentSources?
    ) throws(InputError) {
        guard !isEmpty else { return }
        guard let sources, let fingerprint = sources.modelFingerprint else {
            throw InputError(
                "configuration", key: "fusion", reason: "needs the trained tensors of finished trials")
        }
        guard fingerprint == model else {
            throw InputError(
                "configuration", key: "fusion.model",
                reason: "the adapters were trained on another base model: its files have \(model), "
                    + "those of this one \(fingerprint)",
                suggestion: "a study of the model on which the trials were run")
        }
        for adapter in adapters {
            inputs.add(try sources.tensors(of: adapter, for: base), of: adapter)
        }
    }

    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        let present = present(in: layer).map(\.adapter)
        guard !present.isEmpty else { return }
        let place = attachment.names.block(layer)
        let name = "\(place).fusion.\(site.rawValue)"
        let size = attachment.base.shape.hidden
        func map(_ part: String) -> AffineMap {
            AffineMap(
                weight: attachment.fresh("\(name).\(part).weight", .normal(deviation: 0.02), size, size),
                bias: attachment.fresh("\(name).\(part).bias", .zero, 1, size))
        }
        let value = attachment.trained(
            "\(name).value.weight", Self.nearIdentity(size), decays: false)
        block.additions[site] = FusedAdapters(
            present.enumerated().map { index, adapter in
                frozen(
                    adapter, at: "\(place).bottleneck.\(site.rawValue)", as: "\(name).adapters.\(index)",
                    attachment)
            }, query: map("query"), key: map("key"),
            value: AffineMap(
                weight: value, bias: Parameter("\(name).value.bias", Matrix(rows: 1, columns: size))))
        attachment.regulator("fusion at \(site.rawValue)") { FusionRegularization(weight: regularization) }
            .add(value)
    }

    /// As the paper starts V: 1 on the diagonal, 10⁻⁶ elsewhere.
    private static func nearIdentity(_ size: Int) -> Matrix {
        var matrix = Matrix(
            rows: size, columns: size, values: [Float](repeating: 1e-6, count: size * size))
        for index in 0..<size { matrix[index, index] = 1 }
        return matrix
    }

    private func frozen(
        _ adapter: Adapter, at place: String, as name: String, _ attachment: Attachment
    ) -> BottleneckAdapter {
        func map(_ side: AdapterMap.Side) -> AffineMap {
            func constant(_ part: String) -> Parameter {
                attachment.constant(
                    "\(name).\(side.rawValue).\(part)",
                    attachment.inputs.tensor("\(place).\(side.rawValue).\(part)", of: adapter))
            }
            return AffineMap(weight: constant("weight"), bias: constant("bias"))
        }
        let bottleneck = adapter.bottleneck
        return BottleneckAdapter(
            down: map(.down), up: map(.up), activation: bottleneck.activation == .relu ? .relu : .gelu,
            scale: Float(bottleneck.scale))
    }
}
