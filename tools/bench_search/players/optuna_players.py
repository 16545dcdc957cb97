"""Optuna's samplers over a define-by-run space: what is switched off is not suggested."""

import warnings

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from .player import Player

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


def distribution(domain):
    """Levels are integers, their places in the list: neighbours stay neighbours."""
    if domain.kind == "float":
        return FloatDistribution(*domain.values, log=domain.is_logarithmic)
    if domain.kind == "int":
        return IntDistribution(*domain.values, log=domain.is_logarithmic)
    if domain.kind == "levels":
        return IntDistribution(0, len(domain.values) - 1)
    return CategoricalDistribution(domain.values)


class OptunaPlayer(Player):
    """A study in memory, driven by ask and tell."""

    def __init__(self, space, objectives, seed, trials):
        super().__init__(space, objectives, seed, trials)
        self._study = optuna.create_study(directions=["minimize"] * objectives, sampler=self.sampler())

    def sampler(self):
        raise NotImplementedError

    def propose(self):
        trial = self._study.ask()
        return trial, self.space.assignment(lambda parameter: self._suggested(trial, parameter))

    def tell(self, token, assignment, losses, violations):
        for index, violation in enumerate(violations):
            token.set_constraint(f"g{index}", violation)
        self._study.tell(token, losses)

    def refuse(self, token):
        self._study.tell(token, state=optuna.trial.TrialState.FAIL)

    def inform(self, assignment, losses, violations):
        chosen = [parameter for parameter in self.space.parameters if self._is_chosen(parameter, assignment)]
        self._study.add_trial(
            optuna.trial.create_trial(
                values=losses,
                params={parameter.name: self._internal(parameter, assignment) for parameter in chosen},
                distributions={parameter.name: distribution(parameter.domain) for parameter in chosen},
                constraints={f"g{index}": violation for index, violation in enumerate(violations)}))

    def _is_chosen(self, parameter, assignment):
        """Canonical assignments leave out sizes of 0, which define-by-run suggests."""
        return parameter.name in assignment or parameter.component is not None

    def _internal(self, parameter, assignment):
        value = assignment.get(parameter.name, 0)
        return parameter.domain.values.index(value) if parameter.domain.kind == "levels" else value

    @staticmethod
    def _suggested(trial, parameter):
        domain, name = parameter.domain, parameter.name
        if domain.kind == "float":
            return trial.suggest_float(name, *domain.values, log=domain.is_logarithmic)
        if domain.kind == "int":
            return trial.suggest_int(name, *domain.values, log=domain.is_logarithmic)
        if domain.kind == "levels":
            return domain.values[trial.suggest_int(name, 0, len(domain.values) - 1)]
        return trial.suggest_categorical(name, domain.values)


class OptunaRandom(OptunaPlayer):
    """Uniform on each parameter's scale."""

    def sampler(self):
        return optuna.samplers.RandomSampler(seed=self.seed)


class OptunaTPE(OptunaPlayer):
    """Optuna's default for several objectives since version 5."""

    def sampler(self):
        return optuna.samplers.TPESampler(seed=self.seed)


class OptunaNSGA2(OptunaPlayer):
    """Populations of 20: the default of 50 would leave two generations in 100 trials."""

    def sampler(self):
        return optuna.samplers.NSGAIISampler(seed=self.seed, population_size=20)


class OptunaGP(OptunaPlayer):
    """Optuna's strongest: a Gaussian process over what all trials have in common, TPE for the rest."""

    def sampler(self):
        return optuna.samplers.GPSampler(
            seed=self.seed, independent_sampler=optuna.samplers.TPESampler(seed=self.seed),
            warn_independent_sampling=False)
