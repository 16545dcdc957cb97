"""The one space of both searches: what may be trained, at which sizes, with which settings.

LoRA at any of six projections of every layer, biases (BitFit) and LayerNorms of any layers, the pooler trained or
frozen, learning rate and epochs. `overrides` states it for the program. Optuna gets it in one of two encodings:

`sites`     parameter by parameter as the program has it
`windows`   as a practitioner would: ranks, biases and LayerNorms for the lower, middle and upper third of the
            layers, and one set of projections; 13 parameters, every value of which is a point of the space
"""

import dataclasses

PROJECTIONS = ("query", "key", "value", "attention_output", "ffn_in", "ffn_out")
TARGETS = {
    "query_value": ("query", "value"),
    "attention": ("query", "key", "value", "attention_output"),
    "feed_forward": ("ffn_in", "ffn_out"),
    "all": PROJECTIONS,
}
WINDOWS = ("lower", "middle", "upper")
RANKS = (0, 2, 4, 8, 16, 32)
RATES = (1e-4, 1e-2)
EPOCHS = (1, 3)
ALPHA_OVER_RANK = 2
ENCODINGS = ("windows", "sites")


@dataclasses.dataclass(frozen=True)
class Choice:
    """A point of the space: ranks by layer and projection, layers with trained biases and LayerNorms, settings."""

    ranks: dict
    biases: tuple
    norms: tuple
    pooler: str
    learning_rate: float
    epochs: int

    def assignment(self):
        """As `peftsearch ask` describes it."""
        sizes = {f"lora.{layer}.{projection}": rank for (layer, projection), rank in self.ranks.items()}
        sizes |= {f"bias.{layer}": 1 for layer in self.biases}
        sizes |= {f"layernorm.{layer}": 1 for layer in self.norms}
        if self.ranks:
            sizes |= {"lora.alpha_over_rank": ALPHA_OVER_RANK, "lora.dropout": 0}
        return sizes | {
            "head.pooler": self.pooler, "training.learning_rate": self.learning_rate, "training.epochs": self.epochs}


def overrides():
    """`space` of a study file."""
    nothing = {"levels": [0]}
    return {
        "preset": "hybrid",
        "lora.rank": {"levels": list(RANKS[1:])},
        "lora.alpha_over_rank": {"choice": [ALPHA_OVER_RANK]},
        "lora.dropout": {"choice": [0]},
        "parallel_ffn.width": nothing, "serial_attention.width": nothing, "serial_ffn.width": nothing,
        "unfreeze.blocks": nothing, "unfreeze.embeddings": nothing,
        "training.learning_rate": {"float": list(RATES), "scale": "log"},
        "training.epochs": {"int": list(EPOCHS)},
    }


def window(layer, layers):
    return WINDOWS[layer * len(WINDOWS) // layers]


def suggest(trial, encoding, layers):
    """What Optuna wants next; `trial` has Optuna's `suggest_` functions."""
    rate = trial.suggest_float("learning_rate", *RATES, log=True)
    epochs = trial.suggest_int("epochs", *EPOCHS)
    pooler = trial.suggest_categorical("pooler", ("trained", "frozen"))
    by_layer = (lambda layer: window(layer, layers)) if encoding == "windows" else str
    places = list(dict.fromkeys(by_layer(layer) for layer in range(layers)))

    def switched(kind):
        on = {place: trial.suggest_categorical(f"{kind}.{place}", (False, True)) for place in places}
        return tuple(layer for layer in range(layers) if on[by_layer(layer)])

    ranks = window_ranks(trial, layers) if encoding == "windows" else site_ranks(trial, layers)
    return Choice(ranks, switched("bias"), switched("norm"), pooler, rate, epochs)


def window_ranks(trial, layers):
    # Places in the list, so that neighbours stay neighbours.
    ranks = {name: RANKS[trial.suggest_int(f"rank.{name}", 0, len(RANKS) - 1)] for name in WINDOWS}
    if not any(ranks.values()):
        return {}
    targets = TARGETS[trial.suggest_categorical("targets", tuple(TARGETS))]
    found = {(layer, target): ranks[window(layer, layers)] for layer in range(layers) for target in targets}
    return {site: rank for site, rank in found.items() if rank > 0}


def site_ranks(trial, layers):
    sites = [(layer, projection) for layer in range(layers) for projection in PROJECTIONS]
    found = {
        site: RANKS[trial.suggest_int(f"rank.{site[0]}.{site[1]}", 0, len(RANKS) - 1)] for site in sites}
    return {site: rank for site, rank in found.items() if rank > 0}


def openings(encoding, layers):
    """The program's baselines, full fine-tuning left out, which is no point of the space: Optuna begins with them."""
    def opening(rate, targets):
        plain = {"learning_rate": rate, "epochs": EPOCHS[1], "pooler": "trained"}
        places = WINDOWS if encoding == "windows" else [str(layer) for layer in range(layers)]
        plain |= {f"{kind}.{place}": False for kind in ("bias", "norm") for place in places}
        chosen, eight = TARGETS.get(targets, ()), RANKS.index(8)
        if encoding == "windows":
            plain |= {f"rank.{name}": eight if chosen else 0 for name in WINDOWS}
            return plain | ({"targets": targets} if chosen else {})
        return plain | {
            f"rank.{layer}.{projection}": eight if projection in chosen else 0
            for layer in range(layers) for projection in PROJECTIONS}

    return [*(opening(rate, "all") for rate in (3e-4, 1e-3, 3e-3)), opening(1e-3, "query_value"), opening(1e-3, "")]
