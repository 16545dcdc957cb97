#!/usr/bin/env python3
"""Exports trained models in every format, loads each folder in Python and compares the logits.

    tools/check_exports.py --program PEFTSEARCH --model FOLDER --peft PYTHON --adapters PYTHON

Trained for a moment on made-up sentences: the trials of a study, exported in each format that they allow, and
random hybrids of three components or more as `train --out` writes them. Each folder is loaded by the very lines
that its README.md prints, with PEFT by the interpreter `--peft` and with AdapterHub's library by `--adapters`,
and the logits of a few texts must be those of `peftsearch predict` within 1e-5. Status 1 if one is not.
`--configurations` adds those of golden cases. The interpreters have torch with transformers and peft, or with adapters; this program itself needs nothing.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOLERANCE = 1e-5
# Enough steps that every update moves the logits.
TRAINING = {"learning_rate": 0.01, "epochs": 3, "batch_size": 8}
WORDS = "the cat dog bird sees ran run small red it yes no".split()
STUDY = """
study: exports
seed: {seed}
model: {model}
task:
  kind: {kind}
{columns}  train: {data}
  validation: {data}
  max_length: 24
search: {{strategy: random, trials: {trials}, parallelism: 4}}
"""


def columns(settings):
    """Of a study's task; files of tagged words have no names of columns."""
    if settings.kind == "token_classification":
        return ""
    return f"  text: {'[first, second]' if settings.pairs else 'text'}\n  label: label\n"


def sentence(generator):
    return " ".join(generator.choices(WORDS, k=generator.randint(2, 8)))


def make_sentences(folder):
    """Words with tags, and the words of others."""
    generator = random.Random(3)
    tags = {"cat": "B-animal", "dog": "B-animal", "bird": "B-animal", "red": "B-colour", "small": "I-animal"}
    sentences = [[(word, tags.get(word, "O")) for word in sentence(generator).split()] for _ in range(48)]
    (folder / "train.conll").write_text(
        "\n".join("".join(f"{word}\t{tag}\n" for word, tag in words) for words in sentences))
    # Longer than the 24 tokens of the task, and words of many tokens.
    inputs = [sentence(generator).split() for _ in range(5)] + [WORDS * 2, ["unbelievably", "small", "x1y2z3", "cat."]]
    inputs.append(["\u200b", "cat", "\u00ad", "red"])  # the tokenizer leaves nothing of two of them
    (folder / "input.conll").write_text("\n".join("".join(f"{word}\n" for word in words) for words in inputs))
    return inputs


def make_task(folder, is_pair, kind="classification"):
    if kind == "token_classification":
        return make_sentences(folder)
    generator = random.Random(3)
    names = ["first", "second"] if is_pair else ["text"]
    rows = ["\t".join(names + ["label"])]
    for number in range(48):
        label = "abc"[number % 3] if kind == "classification" else str(number % 7 / 2)
        rows.append("\t".join([sentence(generator) for _ in names] + [label]))
    (folder / "train.tsv").write_text("\n".join(rows) + "\n")
    inputs = [{name: sentence(generator) for name in names} for _ in range(7)]
    (folder / "input.jsonl").write_text("".join(json.dumps(row) + "\n" for row in inputs))
    return inputs


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = path, folder

    def __call__(self, *arguments):
        ending = subprocess.run(
            [self.path, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, check=False)
        if ending.returncode != 0:
            sys.exit(f"{' '.join(map(str, arguments))}: status {ending.returncode}\n{ending.stderr}")
        return ending.stdout


def predict(program, name):
    """Logits for each text, or for each word of each sentence; None where it was cut off or has no token."""
    form = "conll" if (program.folder / "input.conll").exists() else "jsonl"
    rows = [json.loads(line) for line in program("predict", name, "--input", f"input.{form}").splitlines()]
    return [row["logits"] for row in rows]


def expectation(program, name, inputs):
    return {"folder": name, "inputs": inputs, "logits": predict(program, name)}


def export_study(program, inputs, is_classified):
    """A study's trials in all their formats, every third with a temperature."""
    program("run", "study.yaml", "--workers", 2, "--data-dir", "data")
    try:
        trials = json.loads(program("trials", "exports", "--format", "json", "--data-dir", "data"))["trials"]
        for trial in trials:
            for form in ["auto"] + trial["exportable_as"] if trial["state"] == "done" else []:
                name = f"trial{trial['number']}-{form}"
                program("export", "exports", trial["number"], "--format", form, "--out", name, "--data-dir", "data",
                        *(["--temperature"] if trial["number"] % 3 == 1 and is_classified else []))
                yield expectation(program, name, inputs)
    finally:
        program("database", "stop", "--data-dir", "data")


def random_hybrid(generator, layers, tags_words):
    """A configuration of three components or more."""
    projections = ["query", "key", "value", "attention_output", "ffn_in", "ffn_out"]

    def some(choices, chance=0.5):
        return [choice for choice in choices if generator.random() < chance] or [generator.choice(choices)]

    gate = {"gate": True} if generator.random() < 0.2 else {}

    def bottleneck(site):
        copies = generator.choice([{}, {}, {"copies": 2}])
        return {"bottleneck": {
            "site": site, "widths": {str(layer): generator.choice([3, 8, 17]) for layer in some(range(layers))},
            **gate, **copies, "activation": generator.choice(["relu", "gelu"]), "scale": generator.choice([0.7, 1, 4])}}

    places = [f"{layer}.{projection}" for layer in range(layers) for projection in projections]

    def ranks():
        return {place: generator.choice([1, 4, 7]) for place in some(places, 0.3)}

    def lora():
        return {"lora": {
            "ranks": ranks(), "start": generator.choice(["kaiming", "kaiming", "pissa"]),
            "alpha_over_rank": generator.choice([0.7, 2]),
            "variant": generator.choice(["lora", "rslora", "lora_fa"])}}

    mergeable = [
        lora,
        lambda: {generator.choice(["adalora", "miss", "hira", "shira"]): {"ranks": ranks()}},
        lambda: {"vera": {"sites": some(places, 0.2), "rank": 6}},
        lambda: {"ia3": {"sites": [f"{layer}.{part}" for layer in some(range(layers))
                                   for part in some(["key", "value", "ffn"])]}},
        lambda: {"bias": {"layers": some(range(layers))}},
        lambda: {"layernorm": {}},
        lambda: {"unfreeze": {"layers": [layers - 1]}},
    ]
    def prefix():
        lengths = {str(layer): generator.choice([2, 5]) for layer in some(range(layers))}
        return {"prefix": {"lengths": lengths, **gate}}

    others = [
        lambda: bottleneck("serial_attention"),
        lambda: bottleneck(generator.choice(["serial_ffn", "parallel_ffn", "pfeiffer"])),
        prefix,
        lambda: {"prefix_plus": {"layers": some(range(layers))}},
    ]
    virtual = [
        lambda: {"prefix": {"lengths": {str(layer): 3 for layer in range(layers)}, "shifts_positions": True}},
        lambda: {"prompt": {"length": 4, "placement": generator.choice(["before", "after_first"])}},
    ]
    makers = mergeable + generator.choice([[], others, others, [generator.choice(virtual)]])
    components = [make() for make in generator.sample(makers, generator.randint(3, 5))]
    for component in components if gate else []:
        component.get("lora", {}).update(gate, start="kaiming", variant="lora")
    methods = {method for component in components for method in component}
    if not methods & {"ia3", "adalora", "miss", "hira", "shira", "vera"} and generator.random() < 0.5:
        for component in components:
            component.get("lora", {}).update(variant="dora", start="kaiming")
    pooler = generator.choice(["trained", "trained", "frozen", "absent"])
    head = {"pooler": "absent" if tags_words else pooler}
    return {"components": components, "head": head, "training": TRAINING}


def gated(layers):
    """UniPELT with gates at every map, a prompt in front, and Prefix-Tuning+ beside a prefix."""
    every = {str(layer): 3 for layer in range(layers)}
    maps = ["query", "key", "value", "attention_output", "ffn_in", "ffn_out"]
    ranks = {f"{layer}.{name}": 2 for layer in range(layers) for name in maps}
    return [
        {"lora": {"ranks": ranks, "gate": True}},
        {"bottleneck": {"site": "serial_attention", "widths": every, "gate": True}},
        {"bottleneck": {"site": "pfeiffer", "widths": every, "scale": 2, "gate": True}},
        {"prefix": {"lengths": every, "gate": True}},
        {"prefix_plus": {"layers": list(range(layers))}},
        {"prompt": {"length": 3}},
    ]


def single_methods(layers, tags_words):
    """Those whose own kind of adapter a hybrid does not have."""
    every = range(layers)
    head = {"pooler": "absent" if tags_words else "trained"}
    return [{"components": components, "head": head, "training": TRAINING} for components in [
        [],
        [{"ia3": {"sites": [f"{layer}.{part}" for layer in every for part in ["key", "value", "ffn"]]}}],
        [{"prefix": {"lengths": {str(layer): 4 for layer in every}, "shifts_positions": True}}],
        [{"prompt": {"length": 3}}],
        gated(layers),
        [{"prefix_plus": {"layers": [0]}}],
        [{"bias": {}}],
        [{"layernorm": {}}],
        [{"unfreeze": {"layers": list(every), "embeddings": True}}],
    ]]


def own_forms(layers, tags_words):
    """Methods that PEFT has a kind of adapter for, each alone."""
    ranks = {f"{layer}.{name}": 3 for layer in range(layers) for name in ["query", "ffn_in", "ffn_out"]}
    methods = [
        {"vera": {"sites": list(ranks), "rank": 6}}, {"miss": {"ranks": ranks}}, {"shira": {"ranks": ranks}},
        {"hira": {"ranks": ranks}}, {"adalora": {"ranks": ranks, "target_share": 0.5}},
    ]
    head = {"pooler": "absent" if tags_words else "trained"}
    return [{"components": [method, {"layernorm": {"layers": [0]}}], "head": head, "training": TRAINING, "form": "peft"} for method in methods]


def golden_configurations(paths):
    """Of the golden cases among the files, by their names; other tasks have other heads, and a fusion has no form."""
    cases = {path.stem: json.loads(path.read_text()) for path in paths}
    return {name: {**case["configuration"], "training": TRAINING} for name, case in cases.items()
            if "configuration" in case and "task" not in case
            and not any("fusion" in component for component in case["configuration"]["components"])}


def export_configurations(program, inputs, settings):
    generator = random.Random(settings.seed)
    config = json.loads((Path(settings.model) / "config.json").read_text())
    layers = config.get("num_hidden_layers") or config["n_layers"]
    tags_words = settings.kind == "token_classification"
    configurations = single_methods(layers, tags_words) if settings.trials or settings.singles else []
    configurations += own_forms(layers, tags_words) if settings.foreign else []
    configurations += [random_hybrid(generator, layers, tags_words) for _ in range(settings.hybrids)]
    named = {f"configuration{number}": value for number, value in enumerate(configurations)}
    named |= golden_configurations(settings.configurations)

    def train(name, seed):
        form = named[name].pop("form", "auto")
        (program.folder / f"{name}.json").write_text(json.dumps(named[name]))
        program("train", "study.yaml", "--configuration", f"{name}.json", "--seed", seed,
                "--out", name, "--out-format", form)
        return expectation(program, name, inputs)

    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(train, named, range(len(named)))


UPDATES = re.compile(r"lora_B|ia3_l|vera_lambda_b|miss_block|hira_B|shira_weight|adapter_up|bottleneck\.\w+\.up|prefix_|prompt")


def blocks_for(library, card):
    """The passages of Python in a card that this environment can run."""
    library_name = re.search(r"^library_name: (.*)$", card, re.MULTILINE).group(1)
    for block in re.findall(r"```python\n(.*?)```", card, re.DOTALL):
        is_adapters = "from adapters import" in block
        # Code of its own is for transformers 4 and 5; what PEFT loads is for 5.
        if library == "adapters" and (is_adapters or library_name == "transformers"):
            yield block
        if library == "peft" and not is_adapters:
            yield block


def distance(found, expected):
    """Between the logits of texts, or of the words of each sentence."""
    import torch
    if isinstance(expected, list):
        found, expected = [row for words in found for row in words], [row for words in expected for row in words]
        assert [row is None for row in found] == [row is None for row in expected], "other words have logits"
        found = torch.stack([row for row in found if row is not None])
        expected = torch.tensor([row for row in expected if row is not None])
    return (found - expected).abs().max().item()


def load_all(path, library):
    """In an interpreter with the library: runs the printed lines of every folder that it can."""
    import torch
    from transformers.utils import logging
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    errors, effects, measured = [], [], []
    for case in json.loads(Path(path).read_text()):
        os.chdir(Path(path).parent / case["folder"])
        if isinstance(case["inputs"][0], list):
            columns, expected = [case["inputs"]], case["logits"]
        else:
            columns = [list(column) for column in zip(*[row.values() for row in case["inputs"]])]
            expected = torch.tensor(case["logits"])
        for block in blocks_for(library, Path("README.md").read_text()):
            scope = {}
            exec(compile(block, f"{case['folder']}/README.md", "exec"), scope)
            errors.append(distance(scope["logits"](*columns), expected))
            measured.append({"method": case["folder"], "check": "python", "error": errors[-1], "tolerance": TOLERANCE})
            if not errors[-1] <= TOLERANCE:
                components = json.loads(Path("peft_search.json").read_text())["configuration"]["components"]
                print(f"{case['folder']}: the logits differ by {errors[-1]:.1e}: {json.dumps(components)}")
            # What cannot be seen when it is gone could be dropped unseen, too: most must be seen.
            updates = [value for name, value in scope["model"].named_parameters() if UPDATES.search(name)]
            for value in updates:
                value.data.zero_()
            if updates:
                effect = distance(scope["logits"](*columns), expected)
                effects.append(effect / max(errors[-1], 1e-7))
    differ = sum(not error <= TOLERANCE for error in errors)
    (Path(path).parent / f"{library}.errors").write_text("".join(json.dumps(line) + "\n" for line in measured))
    unseen = sum(effect < 10 for effect in effects)
    print(f"{library}: {len(errors)} loaded, {differ} differ, the largest difference is {max(errors, default=0):.1e}; "
          f"without their updates {len(effects) - unseen} of {len(effects)} differ by ten times as much or more")
    return differ > 0 or 2 * unseen > len(effects) or not errors or not effects


def peft_configs(peft, names, task, width):
    """Configs of PEFT over the linear maps of a model, by what is special about them."""
    query = [name for name in names if re.search(r"quer|q_lin", name)]
    last = names[-1]
    common = {"task_type": task}
    yield "lora", peft.LoraConfig(r=4, lora_alpha=6, target_modules=query, **common)
    yield "pattern", peft.LoraConfig(
        r=4, target_modules=r".*\.(query|key|q_lin|k_lin)", rank_pattern={re.escape(query[0]): 2},
        alpha_pattern={".*" + re.escape(query[-1]): 5}, use_rslora=True, bias="all", **common)
    yield "dora", peft.LoraConfig(r=3, target_modules=[last], use_dora=True, **common)
    yield "layers", peft.LoraConfig(
        r=3, target_modules=["query", "q_lin"], layers_to_transform=[1], modules_to_save=[names[0]], **common)
    yield "all", peft.LoraConfig(
        r=3, target_modules="all-linear", exclude_modules=r"(.*\.)?(pre_)?classifier", **common)
    yield "overlap", peft.LoraConfig(
        r=2, target_modules=["query", "q_lin", "key", "k_lin"], exclude_modules=[query[-1]], modules_to_save=[names[0]],
        **common)
    yield "ia3", peft.IA3Config(target_modules=[query[0], last], feedforward_modules=[last], **common)
    yield "adalora", peft.AdaLoraConfig(
        init_r=4, target_r=2, tinit=1, tfinal=2, total_step=8, lora_alpha=6, target_modules=query + [last], **common)
    yield "vera", peft.VeraConfig(r=5, target_modules=[query[0], names[-2], last], **common)
    yield "miss", peft.MissConfig(r=3, target_modules=[query[0], last], bias="all", **common)
    yield "mini", peft.MissConfig(r=4, mini_r=2, init_weights="mini", target_modules=query, **common)
    yield "hira", peft.HiraConfig(
        r=4, target_modules=query, rank_pattern={re.escape(query[0]): 2, "nothing": 9}, **common)
    yield "shira", peft.ShiraConfig(r=1, target_modules=[query[-1], last], **common)
    yield "prompt", peft.PromptTuningConfig(num_virtual_tokens=3, token_dim=width, **common)
    yield "prefix", peft.PrefixTuningConfig(num_virtual_tokens=3, **common)


def train_adalora(adapted, encoded, steps):
    """A few steps in which ranks are given out and taken."""
    import torch
    optimizer = torch.optim.Adam([one for one in adapted.parameters() if one.requires_grad], lr=0.01)
    for step in range(steps):
        logits = adapted(**encoded).logits
        logits.tanh().square().mean().backward()
        optimizer.step()
        adapted.base_model.update_and_allocate(step + 1)
        optimizer.zero_grad()


def write_adapters(path, model, inputs):
    """In an interpreter with PEFT: adapters that PEFT itself saves, with the logits of each."""
    import peft
    import torch
    import transformers
    tags_words = isinstance(inputs[0], list)
    task = "TOKEN_CLS" if tags_words else "SEQ_CLS"
    auto = getattr(transformers, f"AutoModelFor{'Token' if tags_words else 'Sequence'}Classification")
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    texts = inputs if tags_words else [row["text"] for row in inputs]
    encoded = tokenizer(texts, is_split_into_words=tags_words, padding=True, return_tensors="pt")
    base = auto.from_pretrained(model)

    def rows(logits):
        """Of each text, or of the first token of each word behind any virtual tokens."""
        if not tags_words:
            return logits.tolist()
        words = [encoded.word_ids(index) for index in range(len(inputs))]
        first = [
            [ids.index(word) for word in range(len(words)) if word in ids] for ids, words in zip(words, inputs)]
        logits = logits[:, -encoded["input_ids"].shape[1]:]
        return [logits[index, tokens].tolist() for index, tokens in enumerate(first)]

    names = [name for name, module in base.named_modules()
             if isinstance(module, torch.nn.Linear) and "layer." in name]
    expected = []
    for name, config in peft_configs(peft, names, task, base.get_input_embeddings().embedding_dim):
        torch.manual_seed(3)
        base = auto.from_pretrained(model, num_labels=3)
        adapted = peft.get_peft_model(base, config).eval()
        with torch.no_grad():
            for parameter in adapted.parameters():
                if parameter.requires_grad:
                    parameter.add_(0.1 * torch.randn_like(parameter))
        if name == "adalora":
            train_adalora(adapted, encoded, config.total_step)
        with torch.no_grad():
            logits = rows(adapted(**encoded).logits)
            adapted.save_pretrained(Path(path) / f"peft-{name}")
            expected.append({"folder": f"peft-{name}", "logits": logits})
    (Path(path) / "peft.json").write_text(json.dumps(expected))
    return 0


def numbers(nested):
    """All numbers of lists within lists."""
    if nested is None:
        return []
    return sum(map(numbers, nested), []) if isinstance(nested, list) else [nested]


def check_adapters(program, settings, inputs):
    """What `predict` makes of adapters that PEFT wrote."""
    status = subprocess.run(
        [settings.peft, "-W", "ignore", __file__, "--write", program.folder, Path(settings.model).resolve(),
         json.dumps(inputs)], check=False, stderr=subprocess.DEVNULL).returncode
    if status:
        sys.exit(f"PEFT could not write its adapters: status {status}")
    worst = 0
    for case in json.loads((program.folder / "peft.json").read_text()):
        found = predict(program, case["folder"])
        error = max(abs(a - b) for a, b in zip(numbers(found), numbers(case["logits"]), strict=True))
        worst = max(worst, error)
        if not error <= TOLERANCE:
            print(f"{case['folder']}: predict differs by {error:.1e}")
    print(f"predict: adapters that PEFT wrote, the largest difference is {worst:.1e}")
    return not worst <= TOLERANCE


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program")
    parser.add_argument("--model")
    parser.add_argument("--peft", help="a Python with transformers and peft")
    parser.add_argument("--adapters", help="a Python with adapters")
    parser.add_argument("--trials", type=int, default=0, help="of the study; with it, also each method alone")
    parser.add_argument("--singles", action="store_true", help="also each method alone")
    parser.add_argument("--hybrids", type=int, default=10)
    parser.add_argument("--foreign", action="store_true", help="also adapters that PEFT itself writes")
    parser.add_argument("--pairs", action="store_true", help="a task on pairs of texts")
    parser.add_argument("--kind", default="classification", choices=["classification", "regression", "token_classification"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--configurations", type=Path, nargs="+", default=[], help="files of golden cases")
    parser.add_argument("--errors-json", type=Path, help="appended to: the error of each folder, one a line")
    parser.add_argument("--write", nargs=3, metavar=("FOLDER", "MODEL", "INPUTS"), help=argparse.SUPPRESS)
    parser.add_argument("--load", nargs=2, metavar=("FILE", "LIBRARY"), help=argparse.SUPPRESS)
    settings = parser.parse_args()
    if settings.load:
        return load_all(*settings.load)
    if settings.write:
        return write_adapters(*settings.write[:2], json.loads(settings.write[2]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = make_task(folder, settings.pairs, settings.kind)
        (folder / "study.yaml").write_text(STUDY.format(
            kind=settings.kind, seed=settings.seed, model=Path(settings.model).resolve(), trials=max(settings.trials, 1),
            data="train.conll" if settings.kind == "token_classification" else "train.tsv", columns=columns(settings)))
        program = Program(Path(settings.program).resolve(), folder)
        expected = list(export_study(program, inputs, settings.kind != "regression")) if settings.trials else []
        expected += export_configurations(program, inputs, settings)
        print(f"{settings.model}: {len(expected)} folders, {settings.hybrids} random hybrids among them", flush=True)
        (folder / "expected.json").write_text(json.dumps(expected))
        endings = [
            subprocess.run(
                [python, "-W", "ignore", __file__, "--load", folder / "expected.json", library], check=False)
            for library, python in [("peft", settings.peft), ("adapters", settings.adapters)] if python]
        if settings.errors_json:
            with settings.errors_json.open("a") as file:
                file.writelines(path.read_text() for path in sorted(folder.glob("*.errors")))
        failed = any(ending.returncode for ending in endings) or not endings
        return check_adapters(program, settings, inputs) or failed if settings.foreign else failed


if __name__ == "__main__":
    sys.exit(main())
