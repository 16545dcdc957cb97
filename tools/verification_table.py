#!/usr/bin/env python3
"""Measures every method against its oracles and writes docs/verification.md.

    tools/verification_table.py --program PEFTSEARCH --peft PYTHON --adapters PYTHON
    tools/verification_table.py --render

The first runs the Swift tests that compare (they must be built), which append what they measure to a file, and
`check_exports.py` with the configurations of the golden cases. The largest error of each case and check goes to
docs/verification.json, and from there into the page; `--render` does the last step alone, `--check` compares.
Status 1 if a test fails, or a method has a check without an error and without a reason why there is none.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "Tests/PEFTTests/Fixtures/golden"
PAGE = ROOT / "docs/verification.md"
RECORD = ROOT / "docs/verification.json"
TESTS = "GoldenTests|FusedAdaptersTests|GradientTests|LifeCycleTests|RoundTripTests"
CHECKS = {
    "logits": "logits", "gradients": "gradients", "steps": "three steps", "slopes": "slopes", "identity": "fresh",
    "merge": "merged", "python": "in Python", "import_back": "read back",
}
OWN, PEFT, TORCH = "own module", "PEFT", "transformers"
# A method's cases: the golden ones by name, others by what the tests call them.
GROUPS = {
    "Low-rank and other changes of weights": [
        ("LoRA", PEFT, ["lora_qv", "lora_all", "lora everywhere"]),
        ("rsLoRA", PEFT, ["lora_rslora", "rslora"]),
        ("LoRA-FA", PEFT, ["lora_fa"]),
        ("LoRA+", PEFT, ["lora_plus", "lora+"]),
        ("DoRA", PEFT, ["dora", "dora beside trained biases and blocks"]),
        ("AdaLoRA", PEFT, ["adalora", "adalora_clipped"]),
        ("VeRA", PEFT, ["vera"]),
        ("PiSSA", PEFT, ["lora_pissa", "pissa"]),
        ("MiLoRA", PEFT, ["lora_milora", "milora"]),
        ("DyLoRA", OWN, ["lora_dylora", "dylora"]),
        ("QLoRA, NF4", "PEFT, bitsandbytes", ["nf4"]),
        ("MiSS", PEFT, ["miss"]),
        ("HiRA", PEFT, ["hira"]),
        ("SHiRA", PEFT, ["shira"]),
    ],
    "Prompts and prefixes": [
        ("Prompt tuning, of the vocabulary or a text", PEFT, ["prompt", "prompt_after_first"]),
        ("Prompt tuning, random", PEFT, ["prompt_random"]),
        ("P-tuning, MLP", PEFT, ["ptuning_mlp"]),
        ("P-tuning, LSTM", PEFT, ["ptuning_lstm"]),
        ("Prefix tuning", OWN, ["prefix"]),
        ("Prefix tuning with projection", PEFT, ["prefix_projected", "projected prefix"]),
        ("P-tuning v2", PEFT, ["prefix_shifted"]),
        ("Prefix-Tuning+", OWN, ["prefix_plus"]),
    ],
    "Adapters": [
        ("Houlsby", OWN, ["bottleneck_houlsby_gelu", "bottleneck_serial_attention", "bottleneck_serial_ffn"]),
        ("Pfeiffer", OWN, ["bottleneck_pfeiffer", "bottleneck at pfeiffer"]),
        ("Parallel", OWN, ["bottleneck_parallel"]),
        ("Scaled parallel", OWN, ["bottleneck_parallel_ffn"]),
        ("Compacter", OWN, ["compacter"]),
        ("Generated, Hyperformer", OWN, ["generated"]),
        ("AdapterFusion", OWN, ["fusion"]),
        ("AdaMix", OWN, ["adamix"]),
        ("AdapterDrop", OWN, ["adapterdrop"]),
    ],
    "Parts of the model": [
        ("BitFit", TORCH, ["bitfit"]),
        ("BitFit of query and feed-forward", TORCH, ["bitfit_query_ffn_in"]),
        ("(IA)³, as the paper", PEFT, ["ia3"]),
        ("(IA)³, as PEFT by default", PEFT, ["ia3_peft_default"]),
        ("LayerNorm tuning", TORCH, ["layernorm"]),
        ("Whole layers", TORCH, ["unfreeze_top", "unfreeze_scaled"]),
        ("Full fine-tuning", TORCH, ["full"]),
    ],
    "Hybrids": [
        ("MAM", OWN, ["mam"]),
        ("UniPELT", OWN, ["unipelt", "gates"]),
        ("LoRA, adapters, biases, a whole layer", f"{PEFT}, {OWN}", ["hybrid"]),
    ],
}
# What the table's second column leaves out: sizes, and numbers that do not make another method.
SIZES = {
    "ranks", "rank", "widths", "lengths", "length", "sites", "layers", "alpha_over_rank", "dropout", "activation",
    "hidden", "adapters", "model", "initial_diagonal", "target_share", "warmup", "settling", "interval", "orthogonality",
}
INTRODUCTION = """# Verification

Made by `make verification-table`; `make lint` compares it with [its record](verification.json), out of which \
`tools/verification_table.py --render` makes it again. Each cell is the largest error measured over a method's cases; \
the tests and `make check-exports`, in continuous integration, demand less than the bound below. A number in brackets \
says [why there is nothing to measure](#not-possible-because).

| column | what is compared | demanded |
|---|---|---|
| logits | logits at given parameters, with the oracle's in float64 | 1e-5 |
| gradients | of every trained tensor, with the oracle's, as a share of its largest element | 1e-4 |
| three steps | parameters and logits after three steps of AdamW, with the oracle's; of parameters those whose gradient \
is above 1e-3 of their tensor's largest and 1e-6, for AdamW magnifies the rounding of the others | 1e-5, 5e-5 |
| slopes | of the loss along each trained tensor, with finite differences in float32, as a share of the slope; past \
a kink of ReLU with a step a fifth as long | 1e-2 |
| fresh | logits of a network that has just been attached, with those of the base; 0 is bit for bit. PiSSA and MiLoRA: \
also what they take out of a weight, with PyTorch's singular triplets | 1e-5 |
| merged | logits of the merged weights, with those of the attached network | 1e-5 |
| in Python | logits of an export that PEFT {peft}, adapters 1.3.0 or transformers alone loads, with those of `predict` | 1e-5 |
| read back | logits of every export that the program reads again, with those before | 1e-5 |

Oracles of the first three columns, all of them in double precision: PEFT {peft}; transformers {transformers}, where \
a part of its model trains and nothing is added; modules of our own in `tools/make_golden_values.py`, where neither \
has the method or its update rule. Codes of NF4 are those of bitsandbytes {bitsandbytes}. What exports of adapters \
become in AdapterHub's library, adapters 1.3.0, is in the column *in Python*. A parameter that a step draws, such as \
DyLoRA's rank, is drawn by the same generator in both. What prompts and prefixes begin with, given a text, is compared \
with PEFT and transformers apart (`TextStartTests`); from there on all prompts are one computation.
"""


def golden(name):
    path = GOLDEN / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def setting(name, value):
    return f"{name}: {json.dumps(value)}".replace('"', "")


def described(name):
    """The components of a case with the settings that make them the method."""
    texts = []
    for component in golden(name)["configuration"]["components"]:
        (method, content), = component.items()
        shown = [setting(key, value) for key, value in sorted(content.items())
                 if key not in SIZES and not (key == "scale" and value == 1)]
        texts.append(f"`{method}`" + (f" ({', '.join(shown)})" if shown else ""))
    return " + ".join(dict.fromkeys(texts)) or "the head alone"


# Measuring


def run_tests(path):
    environment = {**os.environ, "PEFTSEARCH_MEASURED_ERRORS": str(path)}
    command = ["swift", "test", "-c", "release", "--skip-build", "--filter", TESTS]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def run_python(path, settings):
    command = [
        sys.executable, ROOT / "tools/check_exports.py", "--program", settings.program, "--peft", settings.peft,
        "--adapters", settings.adapters, "--model", GOLDEN / "tiny-bert", "--hybrids", "0",
        "--errors-json", path, "--configurations", *sorted(GOLDEN.glob("*.json"))]
    return subprocess.run(command, check=False).returncode


def reduced(lines):
    """The largest error of each case and check, or the reason why there is none."""
    cases = {}
    for line in lines:
        checks = cases.setdefault(line["method"], {})
        found, before = line.get("error", line.get("reason")), checks.get(line["check"])
        if "error" in line and not isinstance(found, float | int):
            sys.exit(f"{line['method']}: {line['check']} came out as {found}")
        if isinstance(found, str) != isinstance(before, str) and before is not None:
            sys.exit(f"{line['method']}: {line['check']} is both measured and impossible: {found}, {before}")
        checks[line["check"]] = found if before is None or isinstance(found, str) else max(before, found)
    wanted = {name for rows in GROUPS.values() for row in rows for name in row[2]}
    return {name: {check: value if isinstance(value, str) else float(f"{value:.1e}")
                   for check, value in sorted(checks.items())}
            for name, checks in sorted(cases.items()) if name in wanted}


def measure(settings):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "errors.jsonl"
        if run_tests(path) or run_python(path, settings):
            sys.exit("a comparison failed: see above")
        return reduced(map(json.loads, path.read_text().splitlines()))


# The page


def cell(cases, names, check, reasons):
    """The text of a cell; None where it would be empty."""
    unknown = [name for name in names if name not in cases]
    if unknown:
        sys.exit(f"{unknown[0]}: nothing was measured of this case")
    found = [cases[name][check] for name in names if check in cases[name]]
    numbers = [value for value in found if not isinstance(value, str)]
    parts = [f"{max(numbers):.1e}".replace("e-0", "e-") if max(numbers) else "0"] if numbers else []
    for reason in dict.fromkeys(value for value in found if isinstance(value, str)):
        if reason not in reasons:
            reasons.append(reason)
        parts.append(f"[{reasons.index(reason) + 1}]")
    return " ".join(parts) or None


def render(cases):
    versions = json.loads((GOLDEN / "manifest.json").read_text())["versions"]
    page, reasons, holes = [INTRODUCTION.format(**versions)], [], []
    for group, rows in GROUPS.items():
        heads = ["method", "components", *CHECKS.values(), "oracle"]
        lines = [f"## {group}\n", f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
        for title, oracle, names in rows:
            cells = {check: cell(cases, names, check, reasons) for check in CHECKS}
            holes += [f"{title}: {CHECKS[check]}" for check, text in cells.items() if text is None]
            line = [title, described(names[0]), *(text or "" for text in cells.values()), oracle]
            lines.append(f"| {' | '.join(line)} |")
        page.append("\n".join(lines) + "\n")
    page.append("## Not possible, because\n\n" + "".join(
        f"{number}. {reason}.\n" for number, reason in enumerate(reasons, 1)))
    if holes:
        sys.exit("neither an error nor a reason:\n  " + "\n  ".join(holes))
    return "\n".join(page)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path)
    parser.add_argument("--peft", help="a Python with transformers and peft")
    parser.add_argument("--adapters", help="a Python with adapters")
    parser.add_argument("--render", action="store_true", help="the page alone, out of the record")
    parser.add_argument("--check", action="store_true", help="whether the page is that of the record")
    settings = parser.parse_args()
    if not settings.render and not settings.check:
        cases = [f"{json.dumps(name)}: {json.dumps(checks)}" for name, checks in measure(settings).items()]
        RECORD.write_text("{\n" + ",\n".join(cases) + "\n}\n")
    page = render(json.loads(RECORD.read_text()))
    if settings.check:
        return "docs/verification.md is not that of its record: tools/verification_table.py --render" \
            if page != PAGE.read_text() else 0
    PAGE.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
