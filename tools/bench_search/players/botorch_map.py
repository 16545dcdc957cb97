"""BoTorch's qLogNEHVI over Gaussian processes fitted to the largest posterior, choices as one-hot columns."""

import torch
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import IdentityMCMultiOutputObjective
from botorch.fit import fit_gpytorch_mll
from botorch.models import ModelListGP, SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.models.transforms.input import NumericToCategoricalEncoding
from botorch.optim.optimize_mixed import optimize_acqf_mixed_alternating
from botorch.sampling.normal import SobolQMCNormalSampler
from gpytorch.mlls import SumMarginalLogLikelihood

from .botorch_player import BoTorchPlayer

SAMPLES, RESTARTS, RAW_SAMPLES, FIT_STEPS = 64, 8, 256, 200


class BoTorchMAP(BoTorchPlayer):
    """A `SingleTaskGP` an outcome with its default priors; `optimize_acqf_mixed_alternating` over all columns."""

    def acquired(self):
        rows, outcomes = self.data
        model = ModelListGP(*(self._fitted(rows, outcomes[:, [column]]) for column in range(outcomes.shape[1])))
        fit_gpytorch_mll(
            SumMarginalLogLikelihood(model.likelihood, model),
            optimizer_kwargs={"options": {"maxiter": FIT_STEPS}})
        return self.maximized(self.acquisition(model, rows, outcomes))

    def acquisition(self, model, rows, outcomes):
        objectives = self.objectives
        constraints = [
            lambda samples, column=column: samples[..., column] for column in range(objectives, outcomes.shape[1])
        ]
        return qLogNoisyExpectedHypervolumeImprovement(
            model, ref_point=[-1.0] * objectives, X_baseline=rows, prune_baseline=True, X_pending=self.waiting,
            sampler=SobolQMCNormalSampler(torch.Size([SAMPLES]), seed=self._asked),
            objective=IdentityMCMultiOutputObjective(outcomes=list(range(objectives))),
            constraints=constraints or None)

    def maximized(self, acquisition):
        upper = torch.tensor(self.encoding.upper, dtype=torch.double)
        best, _ = optimize_acqf_mixed_alternating(
            acquisition, torch.stack([torch.zeros_like(upper), upper]), discrete_dims=self.encoding.discrete,
            cat_dims=self.encoding.categorical, q=1, raw_samples=RAW_SAMPLES, num_restarts=RESTARTS)
        return best[0].tolist()

    def _fitted(self, rows, outcome):
        return SingleTaskGP(
            rows, outcome, input_transform=self._one_hot(), outcome_transform=Standardize(1))

    def _one_hot(self):
        places = {column: len(values) for column, values in self.encoding.categorical.items()}
        if not places:
            return None
        encoders = {
            column: lambda x, count=count: torch.nn.functional.one_hot(x.round().long(), count).to(x)
            for column, count in places.items()
        }
        return NumericToCategoricalEncoding(len(self.encoding.parameters), places, encoders)
