import Experiments
import LinearAlgebra

extension MiSS: ExportedMethod {
    func nativeForm(of model: TrainedModel) -> PEFTNativeForm? {
        guard var form = PEFTNativeForm("MISS", uniform: present.values) else { return nil }
        for site in present.keys {
            let blocks = model.added(["miss_block.weight"], to: site).map { $0.transposed() }
            form.add(zip(["miss_block"], blocks), to: site, of: model)
        }
        return form
    }
}
