import Experiments
import LinearAlgebra

extension SHiRA: ExportedMethod {
    func nativeForm(of model: TrainedModel) -> PEFTNativeForm? {
        guard var form = PEFTNativeForm("SHIRA", uniform: present.values) else { return nil }
        form.members["mask_type"] = "random"
        for site in present.keys {
            let names = ["shira_weight", "shira_indices"]
            form.add(zip(names, model.added(names, to: site)), to: site, of: model)
        }
        return form
    }
}
