"""The study under fire: a shell script computes with whole numbers, so that a trial costs its processes and no more."""

import random

TRAINER = """\
# One trial: the values follow from its configuration and seed alone.
read -r request
trial=${{request##*'"trial":{{'}}
field() {{ rest=${{trial#*"\\"$1\\":"}}; value=${{rest%%[,\\}}]*}}; }}
field number; number=$value
field width; width=$value
field depth; depth=$value
field seed; seed=$value
case " {flaky} " in *" $number "*) field attempt; [ "$value" = 1 ] && exit 3 ;; esac
case " {poison} " in *" $number "*)
    case $((number % 4)) in 0) kill -9 $$ ;; 1) exit 3 ;; 2) kill -11 $$ ;; 3) exit 0 ;; esac ;;
esac
case " {slow} " in *" $number "*)
    for step in 1 2 3; do
        echo "{{\\"report\\":{{\\"step\\":$step,\\"metrics\\":{{\\"loss\\":$((1000 / step))}}}}}}"
        sleep {pause}
    done ;;
esac
quality=$((4000 * width / (width + 20) + 3000 * depth / (depth + 3) + seed % 97))
echo "{{\\"result\\":{{\\"metrics\\":{{\\"quality\\":$quality,\\"size\\":$((10 * width * depth + width))}}}}}}"
"""

STUDY = """\
study: {name}
seed: {seed}
engine: {{command: [sh, train.sh]}}
objectives:
  - maximize: quality
    reference: {{worst: 0, best: 8000}}
  - minimize: size
    reference: {{worst: 200000, best: 1, scale: log10}}
space:
  parameters:
    width: {{int: [1, 512], scale: log2}}
    depth: {{int: [1, 24]}}
search: {{strategy: nsga2, trials: {trials}, parallelism: {parallelism}{more}}}
"""


class CommandStudy:
    """A study, and what its trials must give.

    Of the numbers of trials, `poison` are drawn that crash at each attempt, and `slow` that report three times with
    pauses; those in `flaky` crash at the first attempt.
    """

    def __init__(self, folder, name, trials, parallelism, seed, poison=0, slow=0, pause=0.4, flaky=(),
                 more=""):
        generator = random.Random(f"{seed} study")
        self.name, self.trials, self.seed = name, trials, seed
        numbers = generator.sample(range(trials), poison + slow)
        self.poison, self.slow = sorted(numbers[:poison]), sorted(numbers[poison:])
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.yaml"
        self.path.write_text(STUDY.format(name=name, seed=seed, trials=trials, parallelism=parallelism, more=more))
        (folder / "train.sh").write_text(TRAINER.format(
            poison=" ".join(map(str, self.poison)), slow=" ".join(map(str, self.slow)), pause=pause,
            flaky=" ".join(map(str, flaky))))

    @staticmethod
    def values(trial):
        """Computed again from the stored record."""
        width, depth = trial["configuration"]["width"], trial["configuration"]["depth"]
        quality = 4000 * width // (width + 20) + 3000 * depth // (depth + 3) + trial["seed"] % 97
        return {"quality": quality, "size": 10 * width * depth + width}
