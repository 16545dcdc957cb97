import Experiments
import LinearAlgebra

extension LoRA: AttachedMethod {
    /// - Throws: where a weight has no singular values.
    func gather(
        _ inputs: inout ComponentInputs, for base: BaseModel, from sources: ComponentSources?
    ) throws(InputError) {
        guard start != .kaiming else { return }
        for site in present.keys.sorted() {
            let name = base.family.names.map(site.projection, layer: site.layer)
            guard base.weights["\(name).weight"]?.singularValues() == nil else { continue }
            throw InputError(
                "configuration", key: "lora.start",
                reason: "\(name).weight has no singular values that could be computed, for \(start.rawValue)",
                suggestion: "start: kaiming")
        }
    }

    /// A fresh update is the identity: B = 0, or the start is taken off again.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        for (site, rank) in sized(in: layer) {
            let map = block.maps[site.projection]!
            let name = attachment.name(of: site)
            let scale = Float(scale(ofRank: rank))
            if let start = singularStart(of: site, rank: rank, in: attachment) {
                map.edit.updates += updates(from: start, name, scale, in: attachment)
            } else {
                let size = attachment.base.shape.size(of: site.projection)
                map.edit.updates.append(
                    LowRankUpdate(
                        down: attachment.fresh(
                            "\(name).lora_A.weight", .kaimingUniform, rank, size.in,
                            isTrained: variant != .loraFA),
                        up: attachment.fresh(
                            "\(name).lora_B.weight", .zero, size.out, rank,
                            learningRateScale: learningRateRatio),
                        scale: scale, dropout: dropout,
                        gate: gate ? attachment.gate("\(name).lora_gate", of: size.in) : nil))
            }
            if variant == .dylora {
                attachment.regulator("dylora") { RankSampling() }.updates.append(map.edit.updates.last!)
            }
            if isNested { attachment.partSampling?.add(map.edit.updates.last!, at: place(of: site)) }
            guard variant == .dora else { continue }
            map.edit.magnitude = RowMagnitude(
                attachment.trained("\(name).lora_magnitude_vector", map.weight.value.rowLengths()))
        }
    }

    /// B and A of singular triplets of the base's weight; nil where they start
    /// otherwise.
    private func singularStart(
        of site: Site, rank: Int, in attachment: Attachment
    ) -> (left: Matrix, right: Matrix)? {
        guard start != .kaiming, let values = attachment.weight(of: site).singularValues() else { return nil }
        let count = values.values.count
        return values.factors(start == .pissa ? 0..<rank : count - rank..<count)
    }

    /// What trains, and what it started as with the opposite sign: W less its
    /// triplets stays frozen, and the base's weight is still the one that all
    /// networks share.
    private func updates(
        from start: (left: Matrix, right: Matrix), _ name: String, _ scale: Float, in attachment: Attachment
    ) -> [LowRankUpdate] {
        let root = 1 / scale.squareRoot()
        let (up, down) = (start.left.map { $0 * root }, start.right.map { $0 * root })
        let downName = "\(name).lora_A.weight"
        return [
            LowRankUpdate(
                down: variant == .loraFA
                    ? attachment.constant(downName, down)
                    : attachment.trained(downName, down, decays: true),
                up: attachment.trained(
                    "\(name).lora_B.weight", up, decays: true, learningRateScale: learningRateRatio),
                scale: scale, dropout: dropout),
            LowRankUpdate(
                down: attachment.constant("\(name).lora_A.start", down),
                up: attachment.constant("\(name).lora_B.start", up), scale: -scale),
        ]
    }
}
