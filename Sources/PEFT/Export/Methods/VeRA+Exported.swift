import Experiments
import LinearAlgebra

extension VeRA: ExportedMethod {
    func nativeForm(of model: TrainedModel) -> PEFTNativeForm? {
        var form = PEFTNativeForm("VERA", rank: rank)
        form.members["save_projection"] = true
        for parameter in model.network.constants where ["vera_A", "vera_B"].contains(parameter.name) {
            form.shared[parameter.name] = parameter.value
        }
        for site in sites {
            let names = ["vera_lambda_b", "vera_lambda_d"]
            form.add(zip(names, model.added(names, to: site)), to: site, of: model)
        }
        return form
    }
}
