import Experiments
import LinearAlgebra

extension HiRA: ExportedMethod {
    /// PEFT 0.21 has one rank for all modules, whatever its `rank_pattern` says.
    func nativeForm(of model: TrainedModel) -> PEFTNativeForm? {
        guard var form = PEFTNativeForm("HIRA", uniform: present.values) else { return nil }
        for site in present.keys {
            let factors = model.added(["hira_A.weight", "hira_B.weight"], to: site)
            form.add(zip(["hira_A", "hira_B"], factors), to: site, of: model)
        }
        return form
    }
}
