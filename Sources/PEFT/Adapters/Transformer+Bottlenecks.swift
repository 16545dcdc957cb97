import Experiments
package import LinearAlgebra

extension Transformer {
    /// What every bottleneck adapter computes with, under the names that an
    /// ordinary one's tensors have, whatever its weights are made of: in the
    /// order of blocks, then of sites.
    package var bottleneckTensors: [(name: String, value: Matrix)] {
        refresh()
        return blocks.flatMap { block in
            Bottleneck.Placement.allCases.compactMap { block.adapters[$0] }.flatMap { adapter in
                [adapter.down, adapter.up].flatMap { [$0.weight, $0.bias] }
            }
        }.map { ($0.name, $0.value) }
    }
}
