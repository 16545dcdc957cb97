#!/usr/bin/env python3
"""Trains one classifier with PyTorch and PEFT, as fast as these allow, for comparison with the native engine.

    python3 peer.py < request.json

The request is one JSON object:

    model, train, [validation], [test]   a Hugging Face BERT folder; TSV (no quoting), CSV or JSON lines
    text, label                          column or two columns (a pair); column
    method                               head | lora_qv | lora_all | parallel | bitfit | top2 | full: what trains
                                         beside pooler and classifier; top2: lora_all and parallel in the last
                                         two layers
    [max_length 64] [width 64] [rank 8] [alpha_over_rank 2] [learning_rate 1e-3] [epochs 3] [batch_size 32] [seed 0]
    [steps]                              ends training, and its schedule, after so many steps
    [precision float32 | bf16]           bf16: autocast, frozen weights held in bf16; evaluation is float32
    [trainer false]                      true: transformers.Trainer with its defaults and no more
    [threads 1] [length_buckets true] [evaluate true] [base_dropout 0] [head_dropout 0.1]

Pooler and classifier are trained in every method. AdamW with weight decay 0.01 on matrices, warm-up over 6 %
of the steps, then linear to 0, gradients clipped to norm 1. The answer is one JSON object on standard output.
`seconds` is all of training; `examples_per_second` and `step_seconds_median` leave out the first three steps
of runs longer than ten, in which libraries warm up. Tokenization and loading are in neither.

Needs torch, transformers and peft.
"""

import contextlib
import csv
import json
import os
import random
import resource
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import peft
import torch
import transformers

REQUIRED = ("model", "train", "text", "label", "method")
DEFAULTS = {
    "validation": None, "test": None, "max_length": 64, "width": 64, "trainer": False, "rank": 8, "alpha_over_rank": 2,
    "learning_rate": 1e-3, "epochs": 3, "batch_size": 32, "seed": 0, "steps": None,
    "precision": "float32", "threads": 1,
    "length_buckets": True, "evaluate": True, "base_dropout": 0.0, "head_dropout": 0.1,
}
TARGETS = {
    "lora_qv": r".*\.attention\.self\.(query|value)",
    "lora_all": r".*\.attention\.self\.(query|key|value)"
                r"|.*\.layer\.\d+\.(attention\.output|intermediate|output)\.dense",
}
MAPS = (r"attention\.self\.(query|key|value)", r"(attention\.output|intermediate|output)\.dense")
METHODS = ("head", *TARGETS, "parallel", "bitfit", "top2", "full")
BATCHES_PER_CHUNK = 50
WARM_UP_STEPS = 3


def request_of(text):
    given = json.loads(text)
    unknown = sorted(set(given) - set(REQUIRED) - set(DEFAULTS))
    missing = [key for key in REQUIRED if key not in given]
    if unknown or missing:
        sys.exit(f"peer: unknown keys {unknown}, missing keys {missing}")
    request = DEFAULTS | given
    for key, allowed in {"method": METHODS, "precision": ("float32", "bf16")}.items():
        if request[key] not in allowed:
            sys.exit(f"peer: {key} is {request[key]!r}, expected one of {', '.join(allowed)}")
    if isinstance(request["text"], str):
        request["text"] = [request["text"]]
    return request


# Data


def rows(path):
    path = Path(path)
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return list(csv.DictReader(file))
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in file if line.strip()]
        lines = [line.rstrip("\r\n").split("\t") for line in file]
        return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def examples(path, request, tokenizer, classes):
    """(token ids, token types, label) of every row, truncated and not padded."""
    table = rows(path)
    columns = [[row[name] for row in table] for name in request["text"]]
    encoded = tokenizer(
        *columns, truncation=True, max_length=request["max_length"], return_token_type_ids=True)
    labels = [classes[str(row[request["label"]])] for row in table]
    return list(zip(encoded["input_ids"], encoded["token_type_ids"], labels, strict=True))


def collated(batch):
    longest = max(len(ids) for ids, _, _ in batch)
    inputs = {
        "input_ids": torch.tensor([ids + [0] * (longest - len(ids)) for ids, _, _ in batch]),
        "token_type_ids": torch.tensor([types + [0] * (longest - len(types)) for _, types, _ in batch]),
        "attention_mask": torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _, _ in batch]),
    }
    return inputs, torch.tensor([label for _, _, label in batch])


def epoch_batches(data, request, order):
    """One epoch in seeded order; with buckets, rows of like length meet within chunks of fifty batches."""
    size = request["batch_size"]
    rows_in_order = order.sample(data, len(data))
    if not request["length_buckets"]:
        return [rows_in_order[start : start + size] for start in range(0, len(data), size)]
    batches = []
    for start in range(0, len(data), size * BATCHES_PER_CHUNK):
        chunk = sorted(rows_in_order[start : start + size * BATCHES_PER_CHUNK], key=lambda row: len(row[0]))
        chunk_batches = [chunk[first : first + size] for first in range(0, len(chunk), size)]
        batches += order.sample(chunk_batches, len(chunk_batches))
    return batches


# Model


class ParallelAdapter(torch.nn.Module):
    """BertOutput with a bottleneck beside the feed-forward part: LN(W u + x + U relu(D x))."""

    def __init__(self, output, hidden, width):
        super().__init__()
        self.output = output
        self.down = torch.nn.Linear(hidden, width)
        self.up = torch.nn.Linear(width, hidden)
        torch.nn.init.zeros_(self.up.weight)
        torch.nn.init.zeros_(self.up.bias)

    def forward(self, states, residual):
        return self.output(states, residual + self.up(torch.relu(self.down(residual))))


def add_parallel_adapters(model, layers, width):
    for number, layer in enumerate(model.bert.encoder.layer):
        if number in layers:
            layer.output = ParallelAdapter(layer.output, model.config.hidden_size, width)


def model_of(request, classes):
    model = transformers.BertForSequenceClassification.from_pretrained(
        request["model"], num_labels=len(classes), attn_implementation="sdpa", dtype=torch.float32,
        hidden_dropout_prob=request["base_dropout"], attention_probs_dropout_prob=request["base_dropout"],
        classifier_dropout=request["head_dropout"])
    method, layers = request["method"], range(model.config.num_hidden_layers)
    if method == "top2":
        layers = layers[-2:]
    targets = TARGETS.get(method, TARGETS["lora_all"])
    if method == "top2":
        numbers = "|".join(map(str, layers))
        targets = "|".join(rf".*\.layer\.({numbers})\.{name}" for name in MAPS)
    if method in TARGETS or method == "top2":
        model = peft.get_peft_model(model, peft.LoraConfig(
            task_type="SEQ_CLS", target_modules=targets, modules_to_save=["pooler"],
            r=request["rank"], lora_alpha=request["rank"] * request["alpha_over_rank"]))
    elif method != "full":
        for name, parameter in model.named_parameters():
            is_head = name.startswith(("bert.pooler.", "classifier."))
            parameter.requires_grad = is_head or (method == "bitfit" and name.endswith(".bias"))
    if method in ("parallel", "top2"):
        add_parallel_adapters(model.base_model.model if method == "top2" else model, layers, request["width"])
    return model


def optimizer_of(model, request, steps):
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in trained if parameter.ndim >= 2], "weight_decay": 0.01},
        {"params": [parameter for parameter in trained if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=request["learning_rate"], fused=True)
    warm_up = max(1, round(0.06 * steps))
    factor = lambda step: min((step + 1) / warm_up, (steps - step) / max(1, steps - warm_up))
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, factor), trained


@contextlib.contextmanager
def training_precision(model, precision):
    """bf16: autocast would cast every frozen weight anew in each step; cast once, and back at the end."""
    if precision == "float32":
        yield contextlib.nullcontext
        return
    exact = {}
    for module in model.modules():
        is_linear = isinstance(module, torch.nn.Linear)
        if is_linear and not any(parameter.requires_grad for parameter in module.parameters()):
            exact |= {parameter: parameter.data for parameter in module.parameters()}
    for parameter in exact:
        parameter.data = parameter.data.bfloat16()
    yield lambda: torch.autocast("cpu", torch.bfloat16)
    for parameter, data in exact.items():
        parameter.data = data


# Training and evaluation


def train(model, data, request):
    """Seconds and number of examples of every step."""
    order = random.Random(request["seed"])
    batches = [batch for _ in range(request["epochs"]) for batch in epoch_batches(data, request, order)]
    batches = batches[: request["steps"]]
    optimizer, schedule, trained = optimizer_of(model, request, len(batches))
    model.train()
    seconds, loss = [], torch.tensor(0.0)
    with training_precision(model, request["precision"]) as precision:
        for batch in batches:
            began = time.perf_counter()
            inputs, labels = collated(batch)
            with precision():
                logits = model(**inputs).logits
            loss = torch.nn.functional.cross_entropy(logits.float(), labels)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            seconds.append(time.perf_counter() - began)
    if not torch.isfinite(loss):
        sys.exit("peer: training diverged, the last loss is not a number")
    return seconds, [len(batch) for batch in batches]


def train_by_trainer(model, data, request, tokenizer):
    """The same by transformers.Trainer as its documentation shows it: float32, batches padded to their longest, all
    threads."""
    import tempfile

    rows_of_dicts = [{"input_ids": ids, "token_type_ids": types, "labels": label} for ids, types, label in data]
    with tempfile.TemporaryDirectory() as folder:
        trainer = transformers.Trainer(
            model=model, train_dataset=rows_of_dicts,
            data_collator=transformers.DataCollatorWithPadding(tokenizer),
            args=transformers.TrainingArguments(
                folder, per_device_train_batch_size=request["batch_size"], num_train_epochs=request["epochs"],
                learning_rate=request["learning_rate"], weight_decay=0.01, seed=request["seed"],
                use_cpu=True, report_to=[], save_strategy="no", logging_strategy="no", disable_tqdm=True))
        began = time.perf_counter()
        trainer.train()
    return [time.perf_counter() - began], [len(data) * request["epochs"]]


@torch.inference_mode()
def accuracy(model, data, batch_size=64):
    model.eval()
    by_length = sorted(data, key=lambda row: len(row[0]))
    right = 0
    for start in range(0, len(by_length), batch_size):
        inputs, labels = collated(by_length[start : start + batch_size])
        right += (model(**inputs).logits.argmax(-1) == labels).sum().item()
    return right / len(data)


def main():
    request = request_of(sys.stdin.read())
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(request["threads"])
    torch.set_num_interop_threads(1)
    torch.manual_seed(request["seed"])

    tokenizer = transformers.AutoTokenizer.from_pretrained(request["model"])
    labels = sorted({str(row[request["label"]]) for row in rows(request["train"])})
    classes = {label: index for index, label in enumerate(labels)}
    model = model_of(request, classes)
    data = examples(request["train"], request, tokenizer, classes)
    if request["trainer"]:
        seconds, sizes = train_by_trainer(model, data, request, tokenizer)
    else:
        seconds, sizes = train(model, data, request)

    skipped = WARM_UP_STEPS if len(seconds) > 10 else 0
    answer = {
        "examples_per_second": sum(sizes[skipped:]) / sum(seconds[skipped:]),
        "seconds": sum(seconds), "steps": len(seconds),
        "step_seconds_median": statistics.median(seconds[skipped:]),
        "trainable_parameters": sum(value.numel() for value in model.parameters() if value.requires_grad),
        "threads": torch.get_num_threads(), "precision": request["precision"],
        "torch": torch.__version__, "peft": peft.__version__, "transformers": transformers.__version__,
    }
    for split in ("validation", "test"):
        measured = request["evaluate"] and request[split]
        answer[f"{split}_accuracy"] = accuracy(
            model, examples(request[split], request, tokenizer, classes)) if measured else None
    answer["peak_rss_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(answer, sort_keys=True))


if __name__ == "__main__":
    main()
