import Experiments
import LinearAlgebra

/// What a network becomes in one adapter of Hugging Face PEFT (0.21): LoRA with
/// a rank and a scale of its own for each module, or (IA)3, with biases and
/// whole modules.
///
/// Every update of the form `s·B·diag(e)·A` is a LoRA, whatever method trains
/// it, and several are one of their ranks together. A whole module has
/// everything folded in, so what LoRA cannot say of a map is said exactly by
/// saving it whole.
struct PEFTAdapter {
    /// In training; kept for those who train on.
    var dropout = 0.0
    private(set) var updates: [String: Update] = [:]
    private(set) var scales: [String: (value: Matrix, isInput: Bool)] = [:]
    /// In the place of updates and scales.
    private(set) var native: PEFTNativeForm?
    private(set) var modules: Set<String> = []
    private(set) var biases: Set<String> = []

    struct Update {
        /// (r, in) and (out, r).
        let down: Matrix
        let up: Matrix
        /// DoRA's m.
        let magnitude: Matrix?
        /// What PEFT divides by the rank.
        let alpha: Double
    }

    /// Factors of a map's input or output.
    mutating func add(scale: Matrix, isInput: Bool, to module: String) { scales[module] = (scale, isInput) }

    /// PEFT's own form of everything that changes maps.
    mutating func set(_ form: PEFTNativeForm) { native = form }

    /// A module that is stored whole.
    mutating func save(_ module: String) { modules.insert(module) }

    /// A bias vector, by our name of the tensor.
    mutating func addBias(_ name: String) { biases.insert(name) }

    /// Takes in whatever of a network is trained or edited and has not been
    /// said otherwise, so that nothing is left out.
    mutating func addTheRest(of network: Transformer) {
        guard native == nil else { return saveTrained(of: network) }
        let maps = network.blocks.flatMap(\.maps.values)
        for map in maps { updates[map.weight.moduleName] = Self.update(of: map) }
        // (IA)3 and LoRA are two kinds of adapter, and a folder has one.
        if !updates.isEmpty || !biases.isEmpty { scales = [:] }
        // One folder says for all of its modules whether they have magnitudes.
        if updates.values.contains(where: { $0.magnitude == nil }) {
            updates = updates.filter { $0.value.magnitude == nil }
        }
        for map in maps {
            let module = map.weight.moduleName
            let isSaid = map.edit.isEmpty || updates[module] != nil || scales[module] != nil
            if !isSaid || map.weight.isTrainable || map.weight.isQuantized || isUnsaid(map.bias) {
                save(module)
            }
        }
        saveTrained(of: network)
        // PEFT puts no adapter on a module that is saved.
        updates = updates.filter { !modules.contains($0.key) }
        scales = scales.filter { !modules.contains($0.key) }
    }

    /// All beside the maps.
    private mutating func saveTrained(of network: Transformer) {
        let embeddings = network.embeddings
        let norms = [embeddings.norm] + network.blocks.flatMap { [$0.attentionNorm, $0.outputNorm] }
        for norm in norms where norm.weight.isTrainable || isUnsaid(norm.bias) {
            save(norm.weight.moduleName)
        }
        for table in embeddings.tables where table.isTrainable { save(table.moduleName) }
        if let map = embeddings.projection, map.weight.isTrainable || isUnsaid(map.bias) {
            save(map.weight.moduleName)
        }
    }

    private func isUnsaid(_ bias: Parameter) -> Bool { bias.isTrainable && !biases.contains(bias.name) }

    /// Nil for a map without updates, with other edits, or that is smaller
    /// than its updates.
    private static func update(of map: AffineMap) -> Update? {
        guard map.edit.inputScale == nil, map.edit.outputScale == nil, let factors = map.lowRankFactors,
            map.edit.magnitude != nil || factors.down.count + factors.up.count < map.weight.value.count
        else { return nil }
        return Update(
            down: factors.down, up: factors.up, magnitude: map.edit.magnitude?.parameter.value,
            alpha: Double(factors.scale) * Double(factors.down.rows))
    }
}

extension AffineMap {
    /// All updates as one: A (r, in), B (out, r) and what their product is
    /// multiplied by; nil without updates. Ranks that were pruned are gone.
    var lowRankFactors: (down: Matrix, up: Matrix, scale: Float)? {
        guard let first = edit.updates.first else { return nil }
        if edit.updates.count == 1, first.diagonal == nil {
            return (first.factors.down, first.factors.up, first.scale)
        }
        var downs: [Matrix] = []
        var ups: [Matrix] = []
        for update in edit.updates {
            let down = update.factors.down
            let kept = (0..<down.rows).filter { update.diagonal?.value[0, $0] != 0 }
            var up = update.scaledUp.transposed().gatherRows(kept)
            up.scale(by: update.scale)
            downs.append(down.gatherRows(kept).transposed())
            ups.append(up.transposed())
        }
        let down = Matrix.joiningColumns(downs).transposed()
        return down.rows == 0 ? nil : (down, .joiningColumns(ups), 1)
    }
}

extension Parameter {
    /// The name without its last word.
    var moduleName: String { String(name.dropLast(name.reversed().prefix { $0 != "." }.count + 1)) }
}
