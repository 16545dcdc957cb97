"""AutoPEFT's recipe (Zhou et al. 2024, its `settings.py` and `run.sh`), on BoTorch as it is today.

Half of the budget random, then batches of four by qNEHVI over one fully Bayesian SAAS process an outcome: 128 steps
of warm-up, 64 draws, every fourth kept, tree depth 6, outcomes through a Gaussian copula. The acquisition is
climbed from one-step changes of the front's members, 10 restarts of 200 evaluations. Mended, because as released
they make it another method: what is evaluated is what was optimized, neighbours differ from the point itself in one
parameter, and nothing is tried twice.
"""

import torch
from botorch.acquisition.multi_objective.monte_carlo import qNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import IdentityMCMultiOutputObjective
from botorch.fit import fit_fully_bayesian_model_nuts
from botorch.models import ModelListGP
from botorch.models.fully_bayesian import SaasFullyBayesianSingleTaskGP
from botorch.sampling.normal import SobolQMCNormalSampler

from .. import hypervolume
from .botorch_player import BoTorchPlayer

WARMUP, DRAWS, THINNING, TREE_DEPTH = 128, 64, 4, 6
BATCH, RESTARTS, CLIMB, NEIGHBOURS = 4, 10, 200, 25
SAMPLES = 32


class BoTorchSAAS(BoTorchPlayer):
    """Refits every four proposals."""

    def __init__(self, space, objectives, seed, trials):
        super().__init__(space, objectives, seed, trials)
        self._batch = []

    def startup(self):
        return max(10, self.trials // 2)

    def drawn(self):
        return self.space.draw(self.random)

    def acquired(self):
        if not self._batch:
            self._batch = self._climbed_batch()
        return self._batch.pop(0)

    def _climbed_batch(self):
        rows, outcomes = self.data
        count = self.objectives
        copulas = [Copula(outcomes[:, column]) for column in range(count)]
        targets = [copula.transformed(outcomes[:, column]) for column, copula in enumerate(copulas)]
        targets += [standardized(outcomes[:, column]) for column in range(count, outcomes.shape[1])]
        model = ModelListGP(*(self._fitted(rows, target, self.seed) for target in targets))
        reference = [copula.transformed(torch.tensor([-1.0]))[0].item() for copula in copulas]
        batch = []
        for _ in range(BATCH):
            waiting = list(self.pending.values()) + batch
            acquisition = self._acquisition(model, rows, reference, waiting, len(targets))
            batch.append(self._climbed(acquisition, waiting))
        return batch

    def _acquisition(self, model, rows, reference, waiting, outcomes):
        constraints = [lambda samples, column=column: samples[..., column] for column in range(self.objectives, outcomes)]
        return qNoisyExpectedHypervolumeImprovement(
            model, ref_point=reference, X_baseline=rows, prune_baseline=True,
            X_pending=torch.tensor(waiting, dtype=torch.double) if waiting else None,
            sampler=SobolQMCNormalSampler(torch.Size([SAMPLES]), seed=self._asked),
            objective=IdentityMCMultiOutputObjective(outcomes=list(range(self.objectives))),
            constraints=constraints or None)

    def _climbed(self, acquisition, waiting):
        """The best new row that local search finds."""
        tried = {tuple(row) for row in self.rows + waiting}
        members = set(hypervolume.front(self.losses))
        front = [row for row, losses in zip(self.rows, self.losses) if tuple(losses) in members]
        best, best_value = None, -float("inf")
        for _ in range(RESTARTS):
            row = self._neighbour(self.random.choice(front))
            value = self._values(acquisition, [row])[0]
            for _ in range(CLIMB // NEIGHBOURS):
                neighbours = [self._neighbour(row) for _ in range(NEIGHBOURS)]
                values = self._values(acquisition, neighbours)
                if max(values) > value:
                    value = max(values)
                    row = neighbours[values.index(value)]
                if value > best_value and tuple(row) not in tried:
                    best, best_value = row, value
        return best or self._neighbour(self.random.choice(front))

    def _neighbour(self, row):
        """Another value of one parameter that exists, in canonical form."""
        assignment = self.encoding.decode(row)
        parameter = self.random.choice([p for p in self.space.parameters if p.name in assignment])
        changed = dict(zip((p.name for p in self.space.parameters), row))
        column = self.space.parameters.index(parameter)
        if column in self.encoding.categorical or column in self.encoding.discrete:
            steps = self.encoding.categorical.get(column) or self.encoding.discrete[column]
            changed[parameter.name] = self.random.choice([step for step in steps if step != row[column]] or steps)
        else:
            changed[parameter.name] = min(max(row[column] + self.random.gauss(0, 0.2), 0.0), 1.0)
        return self.encoding.encode(self.encoding.decode(changed.values()))

    @staticmethod
    def _values(acquisition, rows):
        with torch.no_grad():
            return acquisition(torch.tensor(rows, dtype=torch.double).unsqueeze(1)).tolist()

    @staticmethod
    def _fitted(rows, target, seed):
        model = SaasFullyBayesianSingleTaskGP(rows, target.unsqueeze(1))
        fit_fully_bayesian_model_nuts(
            model, max_tree_depth=TREE_DEPTH, warmup_steps=WARMUP, num_samples=DRAWS, thinning=THINNING,
            disable_progbar=True, seed=seed)
        return model


def standardized(values):
    """Scaled alone: where 0 is decides what is feasible."""
    return values / values.std().clamp_min(1e-9)


class Copula:
    """Ranks to normal quantiles."""

    def __init__(self, values):
        self._sorted = values.sort().values

    def transformed(self, values):
        below = torch.searchsorted(self._sorted, values.to(self._sorted).contiguous())
        upto = torch.searchsorted(self._sorted, values.to(self._sorted).contiguous(), right=True)
        share = ((below + upto) / (2 * len(self._sorted))).clamp(1e-4, 0.9999).to(self._sorted)
        return torch.special.ndtri(share)
