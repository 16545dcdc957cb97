"""Training FLOPs of a study in equivalents: LoRA of rank 8 in all maps, trained once, whole."""

import dataclasses
import re

EQUIVALENT = "lora_r8_all_lr1e-3"
FULL = "full"
# A forward pass is a third of a training step that computes the gradients of all weights and states.
FORWARD_SHARE = 1 / 3


@dataclasses.dataclass(frozen=True)
class Cost:
    """Equivalents of what was searched, of the named baselines, and of the frozen layers' states that are kept."""

    searched: float
    baselines: float
    states: float
    seconds: float

    @property
    def total(self):
        """What the claim is about: baselines apart."""
        return self.searched + self.states


def of(study, layers, rungs):
    """The cost of a measured study."""
    trials = study["trials"]
    unit = next(trial for trial in trials if trial["label"] == EQUIVALENT)
    full = next(trial for trial in trials if trial["label"] == FULL)
    one = unit["flops_per_example"] * epochs(unit)
    trained = [trial for trial in trials if trial["parent"] is None]
    sums = {True: 0.0, False: 0.0}
    for trial in trained:
        sums[trial["label"] is not None] += (
            flops_per_example(trial, trials) * epochs(trial) * share(trial, rungs) / one)
    depths = {lowest_layer(trial["configuration"], layers) for trial in trained if trial["label"] is None}
    states = sum(full["flops_per_example"] * FORWARD_SHARE * depth / layers for depth in depths) / one
    unit_seconds = unit["train_seconds"] / share(unit, rungs)
    seconds = sum(trial["train_seconds"] or 0 for trial in trained if trial["label"] is None) / unit_seconds
    return Cost(sums[False], sums[True], states, seconds)


def flops_per_example(trial, trials):
    """Of a trial that measured nothing, because it failed, the most that any took."""
    return trial["flops_per_example"] or max(other["flops_per_example"] or 0 for other in trials)


def epochs(trial):
    return trial["configuration"]["training"]["epochs"]


def shares(rungs):
    """Of the training steps, as `search.rungs` states them."""
    if isinstance(rungs, list):
        return rungs
    return [3.0 ** (index + 1 - rungs) for index in range(rungs)]


def share(trial, rungs):
    """What was trained of a trial: all, or as far as the rung that it stopped at or failed on the way to."""
    return 1.0 if trial["state"] == "done" else shares(rungs)[trial["rung"]]


def lowest_layer(configuration, layers):
    """Below it nothing is trained or changed, so each example passes there once in a study; `layers`: head alone."""
    found = [layers]
    for component in configuration["components"]:
        for name, members in component.items():
            if members.get("embeddings") or name in ("prompt", "prefix_plus"):
                found.append(0)
            places = [*members.get("ranks", {}), *members.get("widths", {}), *members.get("lengths", {})]
            places += [str(one) for one in (*members.get("sites", ()), *members.get("layers", ()))]
            found += [int(re.match(r"\d+", place)[0]) for place in places]
            if not places and name in ("bias", "layernorm"):
                found.append(0)
    return min(found)
