"""The players by name: our strategies, and rivals that are imported when they play."""

OURS = ["auto", "gp", "tpe", "nsga2", "sobol", "random"]
RIVALS = {
    "optuna_random": ("optuna_players", "OptunaRandom"),
    "optuna_tpe": ("optuna_players", "OptunaTPE"),
    "optuna_nsga2": ("optuna_players", "OptunaNSGA2"),
    "optuna_gp": ("optuna_players", "OptunaGP"),
    "botorch_map": ("botorch_map", "BoTorchMAP"),
    "botorch_saas": ("botorch_saas", "BoTorchSAAS"),
}
# Strategies that are there for comparison only.
BASELINES = ["random", "optuna_random"]


def rival(name):
    """The class of a rival."""
    import importlib

    module, player = RIVALS[name]
    return getattr(importlib.import_module(f"{__name__}.{module}"), player)
