"""LoRA of rank 8 in all maps and full fine-tuning, each at the best of its own learning rates."""

import json
import subprocess

PROJECTIONS = ("query", "key", "value", "attention_output", "ffn_in", "ffn_out")
RATES = {"lora_r8_all": (3e-4, 1e-3, 3e-3), "full": (3e-5, 1e-4, 3e-4)}
EPOCHS = 3


def configuration(name, layers, rate):
    """Of whole fidelity, as the program's baselines are."""
    training = {"learning_rate": rate, "epochs": EPOCHS, "batch_size": 32}
    if name == "full":
        return {"components": [{"unfreeze": {"layers": list(range(layers)), "embeddings": True}}], "training": training}
    ranks = {f"{layer}.{projection}": 8 for layer in range(layers) for projection in PROJECTIONS}
    return {"components": [{"lora": {"ranks": ranks, "alpha_over_rank": 2}}], "training": training}


def train(program, study_file, chosen, seed, data_folder):
    """Measurements of one training, those on the test split among them; None where it diverged."""
    path = study_file.with_suffix(".configuration.json")
    path.write_text(json.dumps(chosen), encoding="utf-8")
    done = subprocess.run(
        [program, "train", str(study_file), "--configuration", str(path), "--seed", str(seed), "--test",
         "--format", "json", "--data-dir", str(data_folder)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 65:
        return None
    if done.returncode:
        raise SystemExit(f"peftsearch train ended with status {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)["measurements"]


def best_rate(lines):
    """By accuracy on validation, then by loss there; None where all diverged."""
    done = [line for line in lines if line["accuracy"] is not None]
    return max(done, key=lambda line: (line["accuracy"], -line["loss"]))["of"]["rate"] if done else None


def rate_beyond(best, rates):
    """Three times farther than a best rate at an end of those that were tried, else None."""
    farther = {min(rates): min(rates) / 3, max(rates): max(rates) * 3}.get(best)
    return None if farther is None else float(f"{farther:.2g}")
