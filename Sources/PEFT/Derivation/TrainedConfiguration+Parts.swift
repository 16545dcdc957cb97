import Experiments
import LinearAlgebra

extension TrainedConfiguration {
    /// A part of a super-network: the leading blocks of its tensors.
    /// - Parameters:
    ///   - part: of the configuration, with sizes that are not above its own.
    ///   - names: of the model's tensors.
    func part(_ part: Configuration, names: TensorNames) -> TrainedConfiguration {
        var result = TrainedConfiguration(configuration: part, tensors: tensors)
        let sizes = part.components.filter(Configuration.nests)
            .reduce(into: [Experiments.Parameter.Place: Int]()) {
                $0.merge($1.value.sizes) { first, _ in first }
            }
        for component in configuration.components where Configuration.nests(component) {
            if let lora = component.value as? LoRA {
                for site in lora.ranks.keys {
                    let name = names.map(site.projection, layer: site.layer)
                    let rank = sizes[lora.place(of: site)] ?? 0
                    result.keep("\(name).lora_A.weight", rows: rank)
                    result.keep("\(name).lora_B.weight", columns: rank)
                }
            } else if let adapter = component.value as? Bottleneck {
                for layer in adapter.widths.keys {
                    let name = "\(names.block(layer)).bottleneck.\(adapter.site.rawValue)"
                    let width = sizes[adapter.place(in: layer)] ?? 0
                    result.keep("\(name).down.weight", rows: width)
                    result.keep("\(name).down.bias", columns: width)
                    result.keep("\(name).up.weight", columns: width)
                    if width == 0 { result.tensors["\(name).up.bias"] = nil }
                }
            }
        }
        return result
    }

    /// The first rows or columns of a tensor; of none of them nothing is left.
    private mutating func keep(_ name: String, rows: Int? = nil, columns: Int? = nil) {
        guard rows != 0, columns != 0 else {
            tensors[name] = nil
            return
        }
        if let rows { tensors[name] = tensors[name]?.firstRows(rows) }
        if let columns { tensors[name] = tensors[name]?.firstColumns(columns) }
    }
}
