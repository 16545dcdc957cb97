#!/usr/bin/env python3
"""Makes the golden values of Tests/PEFTTests/Fixtures/golden with PyTorch, transformers and PEFT.

    python3 -m venv .golden
    .golden/bin/pip install torch==2.13.0 transformers==5.23.0 peft==0.21.2 bitsandbytes==0.50.2
    .golden/bin/python tools/make_golden_values.py

Only needed to make the fixtures anew: the tests read the committed files. Two runs on one machine
write the same bytes.

A tiny BERT classifier with seeded weights runs in float64 (stored as float32), in evaluation mode, with
eager attention on one thread. The same configuration JSON that a test hands to the engine builds the
PyTorch model here. LoRA comes from PEFT and the codes of NF4 from bitsandbytes; the bottlenecks are the
modules below; the rest is `requires_grad`. What a method draws for a step is drawn here again. Beside the values, every case runs again in float32: how far that lands from float64 is
the noise floor in manifest.json.

base.safetensors   every base weight under its Hugging Face name without `bert.`; `hidden.0` after the
                   embeddings to `hidden.L` after the last layer, (tokens, hidden), sequences one after
                   the other without padding; `pooled` and `logits`
base.json          the batch: texts, token ids, token types, lengths, labels
                   (the cases of TASKS have other heads and targets, which stand in their own file)
tiny-bert/         the same model as a Hugging Face folder without a classifier
CASE.json          configuration, trained tensors, optimizer, tolerances
CASE.safetensors   `out.logits`, `out.loss`, `grad.KEY`, `p0.KEY` (start), `p3.KEY` and `out.logits3` after
                   the steps of AdamW on the whole batch (three, in adalora_clipped twelve), weight decay on matrices
manifest.json      versions and noise floors
fusion_artifacts/  the trained tensors of finished trials that case `fusion` combines, named by their SHA-256
text_starts/       token ids that PEFT begins prompts with, given texts, and the keys and values of the texts

roberta/, distilbert/ and electra/ hold the same for a tiny model of each family, in fewer cases, without
the weights in base.safetensors; their models come as checkpoints do: with the family's prefix or without.

Bottlenecks follow AdapterHub `adapters` 1.3.0 (`Adapter.forward`): the scale multiplies the whole output,
up-projection bias included; order is dense, dropout, adapter, residual, LayerNorm.

    a(v)                = scale * (U f(D v + b_D) + b_U)
    serial_attention    x  = LN1(z + a(z) + h)   with z = Wo context + b_o
    serial_ffn          h' = LN2(z + a(z) + x)   with z = W2 u + b_2
    parallel_ffn        h' = LN2(z + a(x) + x)   with z = W2 u + b_2
    pfeiffer            h' = LN2(z + a(LN2(z + x)) + x)
"""

import argparse
import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy
import peft
import torch
import transformers
from safetensors.torch import save_file

from seeded_generator import SeededGenerator

SEED = 20
STEPS = 3
LABELS = [0, 2, 1]
TEXTS = [["the cat sees a small red bird"], ["the dogs ran", "it runs"], ["yes"]]
VOCABULARY = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] . , ? ! the cat dog bird sees ran run small red it yes no "
    "##s ##ing ##ed ##er ##ly ##a ##e ##i ##o ##n ##t ##r ##d "
    "a b c d e f g h i j k l m n o p q r s t u v w x y z"
).split()
CONFIGURATION = dict(
    vocab_size=60, hidden_size=16, num_hidden_layers=3, num_attention_heads=4, intermediate_size=32,
    max_position_embeddings=40, type_vocab_size=2, layer_norm_eps=1e-12, hidden_act="gelu", pad_token_id=0,
)
PROJECTIONS = {
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
    "attention_output": "attention.output.dense", "ffn_in": "intermediate.dense", "ffn_out": "output.dense",
}

SIZES = dict(vocab_size=60, max_position_embeddings=40)
ROBERTA_MERGES = (
    "Ġ t,h e,Ġt he,Ġ c,a t,Ġc at,Ġ s,e e,Ġs ee,Ġsee s,Ġ a,l l,Ġ r,e d,Ġr ed,Ġ d,o g,Ġd og,Ġdog s,Ġ b,i r,Ġb ir,Ġbir d"
).split(",")
ROBERTA_VOCABULARY = (
    ["<s>", "<pad>", "</s>", "<unk>", "Ġ", *".,?!", *"abcdefghijklmnopqrstuvwxyz"]
    + [merge.replace(" ", "") for merge in ROBERTA_MERGES] + ["<mask>"]
)


# Families


@dataclass(frozen=True, eq=False)
class Family:
    """What differs between the models of transformers that share BERT's block."""

    name: str
    model: type
    settings: object
    folder: str
    blocks: str = "encoder.layer"
    projections: dict = field(default_factory=lambda: PROJECTIONS)
    # The layer under the classifier where PEFT does not train it by itself.
    pooler: str | None = None
    # What stands before the encoder's names in the folder.
    stored_prefix: str = ""
    texts: list = field(default_factory=lambda: TEXTS)
    has_types: bool = True

    def module(self, layer, projection):
        return f"{self.name}.{self.blocks}.{layer}.{self.projections[projection]}"

    def block(self, model, layer):
        return model.get_submodule(f"{self.name}.{self.blocks}.{layer}")


BERT = Family(
    "bert", transformers.BertForSequenceClassification, transformers.BertConfig(**CONFIGURATION, num_labels=3),
    "tiny-bert", pooler="pooler")
ROBERTA = Family(
    "roberta", transformers.RobertaForSequenceClassification,
    transformers.RobertaConfig(**CONFIGURATION | dict(
        vocab_size=len(ROBERTA_VOCABULARY), type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1), num_labels=3),
    "tiny-roberta", stored_prefix="roberta.",
    # Padding in a text: it has a row of its own, and the positions do not count it.
    texts=[["the cat sees a small red bird"], ["the dogs<pad> ran", "it runs"], ["yes"]])
DISTILBERT = Family(
    "distilbert", transformers.DistilBertForSequenceClassification,
    transformers.DistilBertConfig(**SIZES, dim=16, n_layers=3, n_heads=4, hidden_dim=32, num_labels=3),
    "tiny-distilbert", blocks="transformer.layer", pooler="pre_classifier", has_types=False,
    projections={
        "query": "attention.q_lin", "key": "attention.k_lin", "value": "attention.v_lin",
        "attention_output": "attention.out_lin", "ffn_in": "ffn.lin1", "ffn_out": "ffn.lin2",
    })
ELECTRA = Family(
    "electra", transformers.ElectraForSequenceClassification,
    transformers.ElectraConfig(**CONFIGURATION, embedding_size=8, num_labels=3), "tiny-electra",
    stored_prefix="electra.")


# Configurations


def configuration(*components, pooler="trained", learning_rate=1e-3, steps=STEPS, clipping=0):
    return {
        "components": list(components),
        "head": {"pooler": pooler, "dropout": 0},
        "training": {
            "learning_rate": learning_rate, "weight_decay": 0.01, "epochs": steps, "batch_size": len(TEXTS),
            "warmup": 0, "schedule": "constant", "gradient_clipping": clipping,
        },
    }


def lora(ranks, ratio, **settings):
    return {"lora": {"ranks": ranks, "alpha_over_rank": ratio, "dropout": 0, **settings}}


def prefix(lengths, **settings):
    return {"prefix": {"lengths": lengths, **settings}}


def prompt(length, **settings):
    return {"prompt": {"length": length, **settings}}


def ia3(*sites):
    return {"ia3": {"sites": list(sites)}}


def bottleneck(site, widths, scale=1, activation="relu", **settings):
    return {"bottleneck": {"site": site, "widths": widths, "activation": activation, "scale": scale, **settings}}


MIXED = {"0.query": 2, "0.ffn_in": 3, "1.key": 4, "1.attention_output": 3, "2.value": 5, "2.ffn_out": 4}
QUERY_VALUE = lora({f"{layer}.{name}": 4 for layer in range(3) for name in ("query", "value")}, 2)
CASES = {
    "head_only": configuration(),
    "head_only_absent_pooler": configuration(pooler="absent"),
    "lora_qv": configuration(QUERY_VALUE),
    "lora_qv_frozen_pooler": configuration(QUERY_VALUE, pooler="frozen"),
    "lora_all": configuration(lora({
        "0.query": 1, "0.ffn_in": 3, "0.ffn_out": 2,
        "1.query": 2, "1.key": 4, "1.value": 6, "1.attention_output": 3, "1.ffn_in": 5, "1.ffn_out": 8,
        "2.key": 2, "2.value": 1, "2.attention_output": 7, "2.ffn_out": 4,
    }, 1.5)),
    "lora_rslora": configuration(lora(MIXED, 0.5, variant="rslora")),
    "lora_dylora": configuration(lora({"0.query": 4, "1.ffn_out": 3, "2.value": 5}, 2, variant="dylora")),
    "nf4": configuration({"nf4": {"layers": [0, 2]}}, QUERY_VALUE),
    "lora_fa": configuration(lora(MIXED, 2, variant="lora_fa")),
    "lora_pissa": configuration(lora(MIXED, 2, start="pissa")),
    "lora_milora": configuration(lora({"0.value": 2, "2.ffn_in": 3}, 0.5, start="milora")),
    "adalora": configuration({"adalora": {
        "ranks": {f"{layer}.{name}": 4 for layer in range(3) for name in ("query", "ffn_out")},
        "alpha_over_rank": 2, "target_share": 0.5, "warmup": 0, "settling": 0.34, "interval": 1,
        "orthogonality": 0.3}}),
    "adalora_clipped": configuration({"adalora": {
        "ranks": {f"{layer}.{name}": 4 for layer in range(3) for name in ("query", "ffn_out")},
        "alpha_over_rank": 2, "target_share": 0.5, "warmup": 0.17, "settling": 0.25, "interval": 2,
        "orthogonality": 0.1}}, steps=12, clipping=0.3),
    "vera": configuration({"vera": {
        "sites": ["0.query", "0.ffn_out", "1.key", "2.ffn_in"], "rank": 5, "initial_diagonal": 0.1}}),
    "miss": configuration({"miss": {"ranks": {"0.query": 3, "1.ffn_out": 3, "2.value": 3}}}),
    "hira": configuration({"hira": {"ranks": {"0.key": 3, "1.ffn_in": 3, "2.attention_output": 3}}}),
    "shira": configuration({"shira": {"ranks": {"0.value": 1, "1.ffn_out": 1, "2.query": 1}}}),
    "lora_plus": configuration(lora(MIXED, 2, learning_rate_ratio=16)),
    "dora": configuration(lora(MIXED, 2, variant="dora")),
    "ia3": configuration(ia3(*(f"{layer}.{part}" for layer in range(3) for part in ("key", "value", "ffn")))),
    "ia3_peft_default": configuration(
        ia3(*(f"1.{part}" for part in ("key", "value", "ffn", "attention_output")))),
    "bitfit_query_ffn_in": configuration({"bias": {"subset": "query_ffn_in"}}),
    "bitfit": configuration({"bias": {}}),
    "layernorm": configuration({"layernorm": {}}),
    "bottleneck_parallel_ffn": configuration(bottleneck("parallel_ffn", {"0": 4, "2": 6}, scale=2)),
    "bottleneck_parallel": configuration(
        bottleneck("parallel_ffn", {"0": 3, "1": 2, "2": 5}, activation="gelu")),
    "bottleneck_serial_ffn": configuration(bottleneck("serial_ffn", {"1": 3, "2": 5})),
    "bottleneck_serial_attention": configuration(bottleneck("serial_attention", {"0": 5, "1": 2})),
    "bottleneck_pfeiffer": configuration(bottleneck("pfeiffer", {"0": 3, "2": 4}, scale=1.5), {"layernorm": {}}),
    "bottleneck_houlsby_gelu": configuration(
        bottleneck("serial_attention", {"0": 3, "1": 4, "2": 2}, scale=0.5, activation="gelu"),
        bottleneck("serial_ffn", {"0": 2, "1": 5, "2": 3}, scale=0.5, activation="gelu"),
    ),
    "compacter": configuration(
        bottleneck("serial_attention", {"0": 4, "1": 8}, activation="gelu", form="phm"),
        bottleneck("serial_ffn", {"0": 4, "2": 8}, activation="gelu", form="phm"),
    ),
    "generated": configuration(
        bottleneck("serial_attention", {"0": 3, "2": 5}, activation="gelu", form="hypernetwork", embedding_size=2),
        bottleneck("serial_ffn", {"1": 4}, scale=2, activation="gelu", form="hypernetwork", embedding_size=2),
    ),
    "adapterdrop": configuration(
        bottleneck("pfeiffer", {"0": 3, "1": 2, "2": 4}, activation="gelu", dropped_layers=2)),
    "adamix": configuration(
        bottleneck("pfeiffer", {"0": 3, "2": 4}, activation="gelu", copies=3, consistency=0.7),
        bottleneck("serial_attention", {"1": 2}, scale=2, activation="gelu", copies=2, consistency=0.7),
    ),
    "prefix": configuration(prefix({"0": 3, "2": 5})),
    "prefix_shifted": configuration(prefix({"0": 4, "1": 4, "2": 4}, shifts_positions=True)),
    "prefix_projected": configuration(prefix({"0": 4, "1": 4, "2": 4}, shifts_positions=True, projection=5)),
    "prefix_plus": configuration({"prefix_plus": {"layers": [0, 2]}}),
    "ptuning_mlp": configuration(prompt(4, encoder="mlp", hidden=6)),
    "ptuning_lstm": configuration(prompt(4, encoder="lstm", hidden=3)),
    "prompt": configuration(prompt(4)),
    "prompt_random": configuration(prompt(5, start="random")),
    "prompt_after_first": configuration(prompt(3, placement="after_first"), lora({"1.key": 2}, 1)),
    "mam": configuration(prefix({"0": 3, "1": 2, "2": 4}), bottleneck("parallel_ffn", {"1": 4}, scale=4)),
    "unipelt": configuration(
        lora({f"{layer}.{name}": 4 for layer in range(3) for name in ("query", "value")}, 0.25, gate=True),
        bottleneck("pfeiffer", {"0": 4, "1": 3, "2": 4}, scale=1.5, activation="gelu", gate=True),
        prefix({"0": 3, "1": 3, "2": 3}, gate=True),
    ),
    "gates": configuration(
        lora({"1.key": 2, "1.ffn_in": 3, "2.attention_output": 2, "2.ffn_out": 3}, 1, gate=True),
        bottleneck("serial_attention", {"0": 3, "2": 2}, scale=2, activation="gelu", gate=True),
        bottleneck("parallel_ffn", {"1": 4, "2": 3}, activation="gelu", gate=True),
    ),
    "unfreeze_top": configuration({"unfreeze": {"layers": [2]}}),
    "unfreeze_scaled": configuration(
        lora({"0.query": 2, "1.value": 3}, 1),
        {"unfreeze": {"layers": [2], "learning_rate_scale": 0.1}},
    ),
    "full": configuration({"unfreeze": {"layers": [0, 1, 2], "embeddings": True}}, learning_rate=2e-5),
    "hybrid": configuration(
        lora({"0.query": 2, "0.value": 4, "1.value": 3, "1.ffn_in": 2}, 2),
        bottleneck("parallel_ffn", {"1": 4, "2": 3}),
        {"bias": {"layers": [0]}},
        {"unfreeze": {"layers": [2]}},
    ),
}
TOKENS = configuration(
    lora({"1.value": 3, "2.query": 2, "2.key": 2, "2.attention_output": 2, "2.ffn_in": 3}, 2),
    bottleneck("serial_attention", {"2": 3}), {"layernorm": {}}, pooler="absent")
CASES |= {
    "regression_lora_qv": configuration(QUERY_VALUE),
    "tokens_head_only": configuration(pooler="absent"),
    "tokens_hybrid": TOKENS,
    "tokens_prompt": configuration({"prompt": {"length": 2}}, pooler="absent"),
}
# Of the first token of each word; -100 is compared with nothing, as in transformers.
TAGS = [[-100, 0, 1, 2, -100, 3, 4, 0, -100], [-100, 0, 1, -100, 2, -100, 0, 3, -100, -100], [-100, 4, -100]]
TASKS = {
    "regression_lora_qv": {"kind": "regression", "outputs": 1, "targets": [0.5, -1.25, 2]},
    "tokens_head_only": {"kind": "token_classification", "outputs": 5, "targets": TAGS},
    "tokens_hybrid": {"kind": "token_classification", "outputs": 5, "targets": TAGS},
    "tokens_prompt": {"kind": "token_classification", "outputs": 5, "targets": TAGS},
}
FROZEN_POOLER = {**CASES["hybrid"], "head": {"pooler": "frozen", "dropout": 0}}
FAMILY_CASES = {
    ROBERTA: {name: CASES[name] for name in ("head_only", "lora_qv", "prompt", "hybrid", "full")},
    DISTILBERT: {name: CASES[name] for name in ("head_only", "lora_qv", "ia3", "full")} | {"hybrid": FROZEN_POOLER},
    ELECTRA: {
        name: CASES[name]
        for name in ("head_only", "lora_qv", "prompt_after_first", "hybrid", "full", "bitfit")
    },
}


# The base model and its batch


def seeded(name, shape, deviation):
    """Normal float64 values that float32 holds exactly, drawn from the tensor's own name."""
    seed = hashlib.sha256(f"{SEED}/{name}".encode()).digest()[:8]
    values = numpy.random.default_rng(int.from_bytes(seed, "big")).standard_normal(tuple(shape))
    return torch.from_numpy((values * deviation).astype(numpy.float32).astype(numpy.float64))


def start_value(key, shape):
    if key.endswith(("LayerNorm.weight", "layer_norm.weight", ".ia3_l")):
        return (1 + seeded(key, shape, 0.1)).float().double()
    if len(shape) == 1:
        return seeded(key, shape, 0.1)
    if key.startswith("embeddings."):
        return seeded(key, shape, 1 if "word" in key else 0.3)
    # Weaker where the residual stream is written, so that tokens stay apart and no ReLU is dead.
    is_written_back = key.endswith(("output.dense.weight", "out_lin.weight", "lin2.weight"))
    return seeded(key, shape, (0.4 if is_written_back else 1) * shape[1] ** -0.5)


def key_of(name):
    """The name of a tensor in the fixtures: Hugging Face's, without what wrappers put around it."""
    prefixes = ["distilbert.", "roberta.", "electra.", "bert."]
    for wrapping in ["base_model.model.", *prefixes, ".base_layer", ".modules_to_save.default", ".default"]:
        name = name.replace(wrapping, "")
    # AdaLoRA's tables are no modules of their own, and PEFT gives them LoRA's names.
    name = re.sub(r"\.lora_([AB])$", r".adalora_\1.weight", name).replace(".lora_E", ".adalora_E")
    name = re.sub(r"\.(hira_[AB]|miss_block)$", r".\1.weight", name)
    return name.removesuffix(".weight") if name.endswith("lora_magnitude_vector.weight") else name


def set_start_values(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".ranknum" not in name:
                parameter.copy_(start_value(key_of(name), parameter.shape))


def base_model(family, dtype, task=None):
    settings, kind = family.settings, family.model
    if task:
        settings = transformers.BertConfig(**CONFIGURATION, num_labels=task["outputs"])
        settings.problem_type = "regression" if task["kind"] == "regression" else None
        kind = kind if task["kind"] == "regression" else transformers.BertForTokenClassification
    settings._attn_implementation = "eager"
    model = kind(settings).to(dtype).eval()
    set_start_values(model)
    return model


def write_bert_settings(folder):
    settings = {"architectures": ["BertModel"], "model_type": "bert", "attention_probs_dropout_prob": 0.1,
                "hidden_dropout_prob": 0.1, "initializer_range": 0.02, "position_embedding_type": "absolute",
                **CONFIGURATION}
    write_json(folder / "config.json", settings, indent=2)
    tokenizer = {"do_lower_case": True, "model_max_length": 40, "tokenizer_class": "BertTokenizer"}
    write_json(folder / "tokenizer_config.json", tokenizer, indent=2)


def write_settings(folder, family):
    settings = family.settings.to_dict()
    written = {key: settings[key] for key in sorted(settings) if key not in ("transformers_version", "dtype")}
    write_json(folder / "config.json", {**written, "architectures": [family.model.__name__]}, indent=2)


def write_folder(folder, family, model):
    """The tiny model as users have theirs, without a classifier."""
    folder.mkdir(parents=True, exist_ok=True)
    if family is BERT:
        write_bert_settings(folder)
    else:
        write_settings(folder, family)
    if family is ROBERTA:
        write_json(folder / "vocab.json", {token: index for index, token in enumerate(ROBERTA_VOCABULARY)})
        (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *ROBERTA_MERGES]) + "\n")
    else:
        (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    weights = {}
    for name, value in model.named_parameters():
        key = key_of(name)
        if not key.startswith("classifier."):
            weights[key if key.startswith("pre_classifier.") else family.stored_prefix + key] = value
    write_tensors(folder / "model.safetensors", weights)


def tokenizer_of(folder, family):
    if family is ROBERTA:
        vocabulary = json.loads((folder / "vocab.json").read_text())
        merges = [tuple(line.split(" ")) for line in (folder / "merges.txt").read_text().splitlines()[1:]]
        return transformers.RobertaTokenizer(vocab=vocabulary, merges=merges)
    return transformers.BertTokenizer(
        vocab={token: index for index, token in enumerate((folder / "vocab.txt").read_text().split())})


def tokenized(folder, family):
    tokenizer = tokenizer_of(folder, family)
    encoded = [tokenizer(*text, return_token_type_ids=True) for text in family.texts]
    return [row["input_ids"] for row in encoded], [row["token_type_ids"] for row in encoded]


def padded(family, ids, types):
    """What PyTorch wants where the engine has none: padding up to the longest row, and the mask."""
    longest = max(map(len, ids))
    fill = lambda rows, value=0: torch.tensor([row + [value] * (longest - len(row)) for row in rows])
    batch = {"input_ids": fill(ids, family.settings.pad_token_id),
             "attention_mask": fill([[1] * len(row) for row in ids])}
    return batch | ({"token_type_ids": fill(types)} if family.has_types else {})


# Components

ADDED = (
    ".fusion.", "prefix.embedding", "prefix.dense", ".prompt_encoder.", ".lora_", ".adalora_", "bottleneck.",
    ".ia3_l", ".prefix_", ".prompt.", ".vera_lambda_", ".miss_", ".hira_", ".shira_")
TUNERS = ("adalora", "vera", "miss", "hira", "shira")


class Gate(torch.nn.Linear):
    """UniPELT's factor of each example: the mean over its tokens of sigmoid(w x + b).

    Checked once against AdapterHub (adapters 1.3.0, transformers 4.57), one example at a time, because its mean
    takes padding in: the tensors of case `unipelt` as ConfigUnion(PrefixTuningConfig(flat=True, prefix_length=3),
    SeqBnConfig(scaling=1.5, ...), LoRAConfig(r=4)), each with use_gating=True, give the same logits to 2e-8.
    """

    mask = None  # of the batch at hand

    def __init__(self, inputs):
        super().__init__(inputs, 1)

    def forward(self, values):
        factors = torch.sigmoid(super().forward(values)) * Gate.mask[:, :, None]
        return factors.sum(1, keepdim=True) / Gate.mask.sum(1)[:, None, None]


class GatedLoRALinear(torch.nn.Linear):
    """A linear layer with a low-rank update that a gate weighs in the place of alpha / r."""

    def __init__(self, inputs, outputs, rank):
        super().__init__(inputs, outputs)
        self.lora_A = torch.nn.Linear(inputs, rank, bias=False)
        self.lora_B = torch.nn.Linear(rank, outputs, bias=False)
        self.lora_gate = Gate(inputs)

    def forward(self, values):
        return super().forward(values) + self.lora_gate(values) * self.lora_B(self.lora_A(values))


class NestedLoRALinear(torch.nn.Linear):
    """A linear layer with a low-rank update of which a step trains the first ranks (DyLoRA)."""

    def __init__(self, inputs, outputs, rank, scale):
        super().__init__(inputs, outputs)
        self.lora_A = torch.nn.Linear(inputs, rank, bias=False)
        self.lora_B = torch.nn.Linear(rank, outputs, bias=False)
        self.scale = scale
        self.draw(None)

    def draw(self, step):
        share = 1 if step is None else SeededGenerator(0, "dylora rank", step).uniform()
        self.active = min(1 + int(share * self.lora_A.out_features), self.lora_A.out_features)

    def forward(self, values):
        narrow = values @ self.lora_A.weight[:self.active].T
        return super().forward(values) + self.scale * narrow @ self.lora_B.weight[:, :self.active].T


class HypercomplexLinear(torch.nn.Module):
    """Compacter's layer: x H + b with H = sum_i R_i (x) (s_i t_i^T), R shared by all layers.

    Checked once against AdapterHub's `PHMLayer` (adapters 1.3.0, transformers 4.57): the adapters of case
    `compacter` as its DoubleSeqBnConfig(phm_layer=True, reduction_factor={"0": 4.0, "1": 2.0, "2": 2.0}, ...) give
    the same logits to 2e-8, with tensors of 0 where the case has no adapter.
    """

    def __init__(self, inputs, outputs, rule):
        super().__init__()
        self.dimension = rule.embedding_dim
        self.phm_left = torch.nn.Embedding(self.dimension, inputs // self.dimension)
        self.phm_right = torch.nn.Embedding(self.dimension, outputs // self.dimension)
        self.bias = torch.nn.Parameter(torch.zeros(outputs))
        self.rule = [rule]  # not a module of this one

    def forward(self, values):
        rules = self.rule[0].weight.view(self.dimension, self.dimension, self.dimension)
        weight = sum(torch.kron(rule, torch.outer(left, right))
                     for rule, left, right in zip(rules, self.phm_left.weight, self.phm_right.weight))
        return values @ weight + self.bias


class GeneratedLinear:
    """A layer of which one map, shared by all of them, makes the numbers from a small vector (Hyperformer)."""

    def __init__(self, inputs, outputs, side, embedding, generators):
        self.shape, self.side, self.embedding, self.generators = (outputs, inputs), side, embedding, generators

    def numbers(self, part, count):
        return self.generators[f"{self.side}_{part}"].weight[:count] @ self.embedding.weight[0]

    def __call__(self, values):
        outputs, inputs = self.shape
        weight = self.numbers("weight", outputs * inputs)
        # U by columns, so that a narrow one is a part of a wide one.
        weight = weight.view(inputs, outputs).T if self.side == "up" else weight.view(outputs, inputs)
        return torch.nn.functional.linear(values, weight, self.numbers("bias", outputs))


class Bottleneck(torch.nn.Module):
    def __init__(self, model, layer, site, width, scale, activation, form="dense", gate=False, embedding_size=4,
                 dropped_layers=0):
        super().__init__()
        hidden = model.config.hidden_size
        self.make_maps(model, hidden, width, form, embedding_size)
        self.gate = Gate(hidden) if gate else lambda values: 1
        self.scale = scale
        self.activation = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}[activation]
        self.narrow = None
        self.layer, self.dropped_layers, self.is_left_out = int(layer), dropped_layers, False

    def make_maps(self, model, hidden, width, form, embedding_size):
        if form == "hypernetwork":
            self.embedding = torch.nn.Embedding(1, embedding_size)
            generators = hypernetwork_of(model, embedding_size)
        for side, sizes in {"down": (hidden, width), "up": (width, hidden)}.items():
            if form == "hypernetwork":
                value = GeneratedLinear(*sizes, side, self.embedding, generators)
            else:
                value = HypercomplexLinear(*sizes, rule_of(model)) if form == "phm" else torch.nn.Linear(*sizes)
            setattr(self, side, value)

    def draw(self, step):
        limit = self.dropped_layers + 1
        drawn = 0 if step is None else SeededGenerator(0, "adapter drop", step).index(limit)
        self.is_left_out = self.layer < drawn

    def forward(self, values):
        if self.is_left_out:
            return torch.zeros_like(values)
        self.narrow = self.down(values)
        return self.gate(values) * self.scale * self.up(self.activation(self.narrow))


class Routes:
    """Which copies the pass at hand computes with; without a step, their mean."""

    step = None
    stage = 0

    @classmethod
    def drawn(cls, name, count):
        indices = [cls.step] + ([cls.stage] if cls.stage else [])
        return SeededGenerator(0, f"route {name}", *indices).index(count)


class CopiedBottleneck(torch.nn.Module):
    """AdaMix's adapter: a drawn copy of each map in a pass, the mean of all in the end."""

    def __init__(self, hidden, width, scale, activation, copies, name):
        super().__init__()
        make = lambda: torch.nn.ModuleDict(
            {"down": torch.nn.Linear(hidden, width), "up": torch.nn.Linear(width, hidden)})
        self.copies = torch.nn.ModuleList(make() for _ in range(copies))
        self.name, self.scale = name, scale
        self.activation = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}[activation]

    def through(self, side, values):
        maps = [copy[side] for copy in self.copies]
        if Routes.step is not None:
            return maps[Routes.drawn(f"{self.name}.{side}", len(maps))](values)
        weight = sum(linear.weight for linear in maps) / len(maps)
        return torch.nn.functional.linear(values, weight, sum(linear.bias for linear in maps) / len(maps))

    def forward(self, values):
        return self.scale * self.through("up", self.activation(self.through("down", values)))


class FirstToken(torch.nn.Module):
    """What the classifier reads when the configuration leaves the pooler out."""

    def forward(self, hidden):
        return hidden[:, 0]


def rule_of(model, dimension=4):
    """What all hypercomplex maps share."""
    if not hasattr(model.base_model, "bottleneck"):
        model.base_model.bottleneck = torch.nn.ModuleDict(
            {f"phm_rule_{dimension}": torch.nn.Embedding(dimension ** 2, dimension)})
    return model.base_model.bottleneck[f"phm_rule_{dimension}"]


def hypernetwork_of(model, size, widest=5):
    """What makes the numbers of all generated adapters, as far as the widest has them."""
    name = f"hypernetwork_{size}"
    if not hasattr(model.base_model, "bottleneck"):
        hidden = model.config.hidden_size
        counts = {"down_weight": hidden * widest, "down_bias": widest, "up_weight": hidden * widest, "up_bias": hidden}
        model.base_model.bottleneck = torch.nn.ModuleDict({name: torch.nn.ModuleDict(
            {part: torch.nn.Embedding(count, size) for part, count in counts.items()})})
    return model.base_model.bottleneck[name]


def attach_bottleneck(family, model, site, widths, copies=1, consistency=0, **settings):
    for layer, width in widths.items():
        block = family.block(model, layer)
        adapter = (Bottleneck(model, layer, site, width, **settings) if copies == 1 else
                   CopiedBottleneck(model.config.hidden_size, width, copies=copies,
                                    name=f"{family.blocks}.{layer}.bottleneck.{site}", **settings))
        if not hasattr(block, "bottleneck"):
            block.bottleneck = torch.nn.ModuleDict()
        block.bottleneck[site] = adapter
        put_at(family, block, site, adapter)


def put_at(family, block, site, adapter):
    if family is DISTILBERT:
        assert site == "parallel_ffn", "no case needs another site"
        block.ffn.register_forward_hook(lambda _, inputs, z: z + adapter(inputs[0]))
    elif site == "parallel_ffn":
        # BertOutput is called with (u, x); x stays readable until its dropout has run.
        block.output.register_forward_pre_hook(lambda module, inputs: setattr(module, "x", inputs[1]))
        block.output.dropout.register_forward_hook(lambda _, __, z: z + adapter(block.output.x))
    elif site == "pfeiffer":
        # AdapterHub's `seq_bn`: the norm runs once for the adapter and once for the block.
        block.output.LayerNorm.register_forward_hook(
            lambda norm, inputs, y: torch.nn.functional.layer_norm(
                inputs[0] + adapter(y), norm.normalized_shape, norm.weight, norm.bias, norm.eps))
    else:
        output = block.output if site == "serial_ffn" else block.attention.output
        output.dropout.register_forward_hook(lambda _, __, z: z + adapter(z))


class Fusion(torch.nn.Module):
    """AdapterFusion over trained adapters: sum_n softmax_n(Q x . K a_n(x)) V a_n(x).

    Checked once against AdapterHub (adapters 1.3.0, transformers 4.57): the tensors of case `fusion` as three
    SeqBnConfig adapters under Fuse(...), the one that all layers have as its last, give the same logits to 2e-8.
    """

    def __init__(self, hidden, adapters):
        super().__init__()
        self.adapters = torch.nn.ModuleList(adapters)
        self.query = torch.nn.Linear(hidden, hidden)
        self.key = torch.nn.Linear(hidden, hidden)
        self.value = torch.nn.Linear(hidden, hidden, bias=False)

    def forward(self, values):
        outputs = torch.stack([adapter(values) for adapter in self.adapters], dim=-2)
        scores = (self.query(values)[..., None, :] * self.key(outputs)).sum(-1)
        return (scores.softmax(-1)[..., None] * self.value(outputs)).sum(-2)

    def distance(self):
        return (self.value.weight - torch.eye(len(self.value.weight))).square().sum()


def attach_fusion(family, model, settings):
    for layer in settings["layers"]:
        block = family.block(model, layer)
        present = [entry["bottleneck"] for entry in settings["adapters"] if str(layer) in entry["bottleneck"]["widths"]]
        hidden = model.config.hidden_size
        fusion = Fusion(hidden, [
            Bottleneck(model, layer, bottleneck["site"], bottleneck["widths"][str(layer)], bottleneck["scale"],
                       bottleneck["activation"]) for bottleneck in present])
        block.fusion = torch.nn.ModuleDict({present[0]["site"]: fusion})
        put_at(family, block, present[0]["site"], fusion)
    model.config.regularization = settings["regularization"]


def set_fused_adapters(family, model, settings):
    """The adapters of a fusion as their artifacts have them."""
    with torch.no_grad():
        for layer in settings["layers"]:
            present = [entry for entry in settings["adapters"] if str(layer) in entry["bottleneck"]["widths"]]
            for site, fusion in family.block(model, layer).fusion.items():
                for entry, adapter in zip(present, fusion.adapters):
                    stored = artifact_tensors(layer, **entry["bottleneck"])
                    for name, value in adapter.named_parameters():
                        value.copy_(stored[f"{family.blocks}.{layer}.bottleneck.{site}.{name}"])


def artifact_tensors(layer, site, widths, scale, activation):
    name = f"encoder.layer.{layer}.bottleneck.{site}"
    width, hidden = widths[str(layer)], CONFIGURATION["hidden_size"]
    label = f"{name} of {sorted(widths.items())}"
    draw = lambda part, *shape: seeded(f"{label} {part}", shape, 0.5 if len(shape) > 1 else 0.1)
    return {f"{name}.down.weight": draw("D", width, hidden), f"{name}.down.bias": draw("d", width),
            f"{name}.up.weight": draw("U", hidden, width), f"{name}.up.bias": draw("u", hidden)}


def fusion_case(out, folder):
    """Adapters as finished trials leave them, and the configuration that names them."""
    names = ["config.json", "tokenizer_config.json", "vocab.txt", "model.safetensors"]
    hash_of = lambda path: hashlib.sha256(path.read_bytes()).hexdigest()
    files = json.dumps({name: hash_of(folder / name) for name in names}, sort_keys=True, separators=(",", ":"))
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    for widths, scale, activation in (
            ({"0": 3, "2": 4}, 1, "gelu"), ({"0": 2, "1": 3, "2": 3}, 2, "gelu"), ({"1": 2, "2": 2}, 0.5, "gelu")):
        settings = {"site": "pfeiffer", "widths": widths, "scale": scale, "activation": activation}
        tensors = {"classifier.weight": seeded("classifier.weight", (3, 16), 1)}
        for layer in widths:
            tensors |= artifact_tensors(layer, **settings)
        write_tensors(out / "artifact", tensors)
        name = hash_of(out / "artifact")
        (out / "artifact").rename(out / f"{name}.safetensors")
        entries.append({"artifact": name, "bottleneck": settings})
    return configuration({"fusion": {
        "layers": [0, 1, 2], "model": hashlib.sha256(files.encode()).hexdigest(), "adapters": entries,
        "regularization": 0.01}})


def attend_with_prefix(plain):
    """Attention whose keys and values begin with the module's own prefix, without a shift of positions."""

    def forward(module, query, key, value, mask, **settings):
        if hasattr(module, "prefix_key"):
            rows, heads, _, size = key.shape
            split = lambda table: table.view(-1, heads, size).transpose(0, 1).expand(rows, -1, -1, -1)
            factor = module.prefix_gate(module.states)[:, None] if hasattr(module, "prefix_gate") else 1
            key = torch.cat([factor * split(module.prefix_key.weight), key], dim=2)
            value = torch.cat([factor * split(module.prefix_value.weight), value], dim=2)
            if mask is not None:
                mask = torch.nn.functional.pad(mask, (module.prefix_key.num_embeddings, 0))
        context, weights = plain(module, query, key, value, mask, **settings)
        if hasattr(module, "prefix_plus"):
            _, heads, _, size = query.shape
            matrices = module.prefix_plus.weight.view(heads, size, size)
            added = torch.einsum("bhtd,hde->bthe", torch.nn.functional.elu(query) + 1, matrices)
            context = context + added.reshape(context.shape)
        return context, weights

    return forward


class SharedPrefix(torch.nn.Module):
    """The part of a prefix projection that all blocks share."""

    def __init__(self, length, hidden, projection):
        super().__init__()
        self.embedding = torch.nn.Embedding(length, hidden)
        self.dense = torch.nn.Linear(hidden, projection)

    def forward(self):
        return torch.tanh(self.dense(self.embedding.weight))


class ProjectedPrefix(torch.nn.Module):
    """Keys or values of one block, computed; looks like a table of them."""

    def __init__(self, length, hidden, shared):
        super().__init__()
        self.projection = torch.nn.Linear(shared.dense.out_features, hidden)
        self.num_embeddings = length
        self.shared = (shared,)  # registered once, in the model

    @property
    def weight(self):
        return self.projection(self.shared[0]()[:self.num_embeddings])


def attach_prefix(model, lengths, shifts_positions=False, projection=0, gate=False):
    hidden = model.config.hidden_size
    if projection:
        model.bert.prefix = SharedPrefix(max(lengths.values()), hidden, projection)
    for layer, length in lengths.items():
        attention = model.bert.encoder.layer[int(layer)].attention.self
        for part in ("prefix_key", "prefix_value"):
            table = (ProjectedPrefix(length, hidden, model.bert.prefix) if projection
                     else torch.nn.Embedding(length, hidden))
            setattr(attention, part, table)
        if gate:
            attention.prefix_gate = Gate(hidden)
            attention.register_forward_pre_hook(lambda module, inputs: setattr(module, "states", inputs[0]))
    model.position_shift = max(lengths.values()) if shifts_positions else 0


class EncodedPrompt:
    """What PEFT's encoder makes of its table; looks like the table of a prompt."""

    def __init__(self, encoder, length):
        self.encoder, self.length = encoder, length

    @property
    def weight(self):
        return self.encoder(torch.arange(self.length))


def encoder_config(length, width, encoder, hidden):
    return peft.PromptEncoderConfig(
        task_type="SEQ_CLS", num_virtual_tokens=length, token_dim=width, num_transformer_submodules=1,
        encoder_reparameterization_type=encoder.upper(), encoder_num_layers=2, encoder_hidden_size=hidden,
        encoder_dropout=0)


def attach_prompt(model, length, placement="before", encoder="none", hidden=128, start="vocabulary"):
    embeddings = model.base_model.embeddings
    width = embeddings.word_embeddings.embedding_dim
    if encoder == "none":
        embeddings.prompt = torch.nn.Embedding(length, width)
    else:
        embeddings.prompt_encoder = peft.PromptEncoder(encoder_config(length, width, encoder, hidden))
        embeddings.prompt = EncodedPrompt(embeddings.prompt_encoder, length)
    model.prompt_place = 0 if placement == "before" else 1


def logits_of(model, batch):
    """What the model makes of a batch with its virtual tokens."""
    ids = batch["input_ids"]
    rows, width = ids.shape
    Gate.mask = batch["attention_mask"]
    bare = getattr(model, "base_model", model).model if isinstance(model, peft.PeftModel) else model
    if shift := getattr(bare, "position_shift", 0):
        return model(**batch, position_ids=torch.arange(width).expand(rows, -1) + shift).logits
    prompt_table = getattr(bare.base_model.embeddings, "prompt", None)
    if prompt_table is None:
        return model(**batch).logits
    place = bare.prompt_place
    put = lambda rest, new: torch.cat([rest[:, :place], new, rest[:, place:]], dim=1)
    vectors = prompt_table.weight.expand(rows, -1, -1)
    fills = {"token_type_ids": torch.zeros, "attention_mask": torch.ones}
    others = {name: put(batch[name], fill(vectors.shape[:2], dtype=torch.long))
              for name, fill in fills.items() if name in batch}
    return model(inputs_embeds=put(bare.base_model.embeddings.word_embeddings(ids), vectors), **others).logits


def assert_peft_agrees(family, configuration, batch):
    """Where PEFT has the same virtual tokens, its own model gives the same logits."""
    (kind, settings), = configuration["components"][0].items()
    is_shared = settings.get("shifts_positions") if kind == "prefix" else settings.get("placement") is None
    if kind not in ("prefix", "prompt") or not is_shared:
        return
    model, _, _ = model_of(family, configuration, torch.float64)
    plain = base_model(family, torch.float64)
    if kind == "prefix":
        length, = set(settings["lengths"].values())
        projection = settings.get("projection", 0)
        config = peft.PrefixTuningConfig(
            task_type="SEQ_CLS", num_virtual_tokens=length, prefix_projection=projection > 0,
            encoder_hidden_size=projection or None)
        tables = [table for layer in model.bert.encoder.layer
                  for table in (layer.attention.self.prefix_key, layer.attention.self.prefix_value)]
        if projection:
            shared = model.bert.prefix
            state = {"embedding.weight": shared.embedding.weight, "transform.0.weight": shared.dense.weight,
                     "transform.0.bias": shared.dense.bias,
                     "transform.2.weight": torch.cat([table.projection.weight for table in tables]),
                     "transform.2.bias": torch.cat([table.projection.bias for table in tables])}
        else:
            state = {"embedding.weight": torch.cat([table.weight for table in tables], dim=1)}
    elif "encoder" in settings:
        encoder = model.base_model.embeddings.prompt_encoder
        config = encoder_config(
            settings["length"], encoder.token_dim, settings["encoder"], settings["hidden"])
        state = encoder.state_dict()
    else:
        config = peft.PromptTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=settings["length"])
        state = {"embedding.weight": model.base_model.embeddings.prompt.weight}
    theirs = peft.get_peft_model(plain, config).to(torch.float64).eval()
    theirs.prompt_encoder["default"].load_state_dict(state)
    with torch.no_grad():
        difference = (theirs(**batch).logits - logits_of(model, batch)).abs().max().item()
    assert difference < 1e-12, f"{kind}: PEFT's logits differ by {difference}"


def attach_own_lora(family, model, settings):
    """What PEFT has no update for."""
    for target, rank in settings["ranks"].items():
        name = family.module(*target.split("."))
        plain = model.get_submodule(name)
        sizes = plain.in_features, plain.out_features, rank
        model.set_submodule(name, GatedLoRALinear(*sizes) if settings.get("gate")
                            else NestedLoRALinear(*sizes, settings["alpha_over_rank"]))


def is_own_lora(component):
    settings = component.get("lora", {})
    return bool(settings.get("gate")) or settings.get("variant") == "dylora"


def quantize(model, layers):
    """Rounds the maps of blocks to what bitsandbytes' NF4 holds of them."""
    from make_nf4_values import quantized
    pattern = re.compile(rf"encoder\.layer\.({'|'.join(map(str, layers))})\..*(query|key|value|dense)\.weight")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if pattern.fullmatch(key_of(name)):
                parameter.copy_(quantized(parameter.float()).view_as(parameter))


def with_lora(family, model, ranks, alpha_over_rank, dropout, pooler, reads_tokens=False, variant="lora",
              learning_rate_ratio=1, start="kaiming"):
    names = {}
    for target, rank in ranks.items():
        layer, projection = target.split(".")
        names[family.module(layer, projection)] = rank
    return peft.get_peft_model(model, peft.LoraConfig(
        task_type="TOKEN_CLS" if reads_tokens else "SEQ_CLS", r=1, lora_alpha=1, lora_dropout=dropout,
        target_modules="|".join(re.escape(name) for name in names),
        rank_pattern={f"^{re.escape(name)}": rank for name, rank in names.items()},
        alpha_pattern={f"^{re.escape(name)}": rank * alpha_over_rank for name, rank in names.items()},
        use_rslora=variant == "rslora", use_dora=variant == "dora",
        modules_to_save=[family.pooler] if family.pooler and pooler == "trained" else None,
    ))


def with_tuner(family, model, kind, settings, steps):
    """PEFT's own tuner; where it has one rank for all modules, the case has too."""
    sites = settings.get("sites") or list(settings["ranks"])
    pattern = "|".join(re.escape(family.module(*site.split("."))) for site in sites)
    common = dict(task_type="SEQ_CLS", target_modules=pattern, modules_to_save=[family.pooler])
    ranks = settings.get("ranks", {})
    rank, = set(ranks.values()) or {settings["rank"]}
    if kind == "vera":
        return peft.get_peft_model(model, peft.VeraConfig(r=rank, d_initial=settings["initial_diagonal"], **common))
    if kind == "hira":
        return peft.get_peft_model(model, peft.HiraConfig(r=rank, **common))
    if kind == "miss":
        return peft.get_peft_model(model, peft.MissConfig(r=rank, **common))
    if kind == "shira":
        return peft.get_peft_model(model, peft.ShiraConfig(r=rank, **common))
    return peft.get_peft_model(model, peft.AdaLoraConfig(
        init_r=rank, target_r=int(rank * settings["target_share"]), lora_alpha=rank * settings["alpha_over_rank"],
        tinit=round(settings["warmup"] * steps), tfinal=round(settings["settling"] * steps), total_step=steps,
        deltaT=settings["interval"], orth_reg_weight=settings["orthogonality"], **common))


def set_constants(model, configuration):
    """Replaces what PEFT draws and does not train by seeded values, and returns it by its key."""
    constants = {}
    kinds = {kind: settings for component in configuration["components"] for kind, settings in component.items()}
    with torch.no_grad():
        if "vera" in kinds:
            for key in ("vera_A", "vera_B"):
                table = getattr(model.base_model, key)["default"]
                table.copy_(seeded(key, table.shape, 0.5))
                constants[key] = table
        for name, module in model.named_modules():
            if "shira" in kinds and hasattr(module, "shira_indices"):
                count = module.shira_weight["default"].numel()
                key = key_of(name)
                order = seeded(f"{key}.shira", (module.out_features * module.in_features,), 1).argsort()[:count].sort()[0]
                indices = torch.stack([order // module.in_features, order % module.in_features])
                module.shira_indices["default"] = indices.int()
                constants[f"{key}.shira_indices"] = indices
            if "lora" in kinds and hasattr(module, "lora_A") and kinds["lora"].get("start", "kaiming") != "kaiming":
                constants |= start_at_singular_triplets(key_of(name), module, kinds["lora"]["start"])
    constants |= {key_of(name): value for name, value in model.named_parameters()
                  if is_constant(key_of(name), configuration)}
    return {key: value.detach().clone() for key, value in constants.items()}


def start_at_singular_triplets(key, module, start):
    """PiSSA and MiLoRA: A and B near the triplets that the frozen weight loses."""
    weight = module.base_layer.weight
    rank, scale = module.r["default"], module.scaling["default"]
    left, values, right = torch.linalg.svd(weight.double(), full_matrices=False)
    chosen = slice(0, rank) if start == "pissa" else slice(len(values) - rank, len(values))
    roots = (values[chosen] / scale).sqrt()
    up = (left[:, chosen] * roots).float().to(weight.dtype)
    down = (roots[:, None] * right[chosen]).float().to(weight.dtype)
    if start == "pissa":
        assert_pissa_is_pefts(weight, rank, scale, scale * up @ down)
    weight -= scale * up @ down
    for table, value in ((module.lora_A["default"].weight, down), (module.lora_B["default"].weight, up)):
        table.copy_((value + 0.1 * table).float())
    return {f"{key}.lora_A.start": down, f"{key}.lora_B.start": up}


def assert_pissa_is_pefts(weight, rank, scale, taken):
    linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
    linear.weight.copy_(weight)
    theirs = peft.get_peft_model(torch.nn.Sequential(linear), peft.LoraConfig(
        r=rank, lora_alpha=rank * scale, target_modules=["0"], init_lora_weights="pissa")).base_model.model[0]
    difference = (weight - taken - theirs.base_layer.weight).abs().max().item()
    assert difference < 1e-5, f"PEFT's PiSSA leaves another weight: {difference}"


def with_ia3(family, model, sites):
    names = {}
    for site in sites:
        layer, part = site.split(".")
        names[site] = family.module(layer, "ffn_out" if part == "ffn" else part)
    inputs = [re.escape(name) for site, name in names.items() if site.endswith(("ffn", "attention_output"))]
    return peft.get_peft_model(model, peft.IA3Config(
        task_type="SEQ_CLS", target_modules="|".join(map(re.escape, names.values())),
        feedforward_modules="|".join(inputs) or [],
        modules_to_save=[family.pooler] if family.pooler else None,
    ))


def is_constant(key, configuration):
    """What a method adds and does not train: A of LoRA-FA."""
    variant = next((c["lora"].get("variant") for c in configuration["components"] if "lora" in c), None)
    return variant == "lora_fa" and ".lora_A." in key


def is_trained(key, configuration):
    """Whether the configuration trains it; `bias` and `layernorm` without layers take the embeddings in."""
    if key.startswith(("pooler.", "pre_classifier.", "classifier.dense.")):
        return configuration["head"]["pooler"] == "trained"
    if key.startswith("classifier."):
        return True
    if ".fusion." in key:
        return ".adapters." not in key
    if any(part in key for part in ADDED):
        return not is_constant(key, configuration)
    match = re.match(r"(?:encoder|transformer)\.layer\.(\d+)\.", key)
    layer = int(match.group(1)) if match else None
    for component in configuration["components"]:
        (kind, settings), = component.items()
        if kind == "bias" and settings.get("subset") == "query_ffn_in" and not re.search(
                r"(self\.query|intermediate\.dense)\.bias$", key):
            continue
        inside = layer in settings["layers"] if "layers" in settings else True
        if kind == "bias" and inside and key.endswith(".bias"):
            return True
        if kind == "layernorm" and inside and re.search("LayerNorm|layer_norm", key):
            return True
        if kind == "unfreeze" and (inside or layer is None and settings.get("embeddings", False)):
            return True
    return False


def set_magnitudes(model):
    """DoRA's m of the order of the rows' lengths."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_magnitude_vector" in name:
                key = key_of(name)
                parameter.copy_((1 + seeded(key, parameter.shape, 0.3)).abs().float())


def model_of(family, configuration, dtype, task=None):
    model = base_model(family, dtype, task)
    reads_tokens = isinstance(model, transformers.BertForTokenClassification)
    if configuration["head"]["pooler"] == "absent" and not reads_tokens:
        model.bert.pooler = FirstToken()
    for component in configuration["components"]:
        if "bottleneck" in component:
            attach_bottleneck(family, model, **component["bottleneck"])
            model.config.consistency = component["bottleneck"].get("consistency", 0)
        if "fusion" in component:
            attach_fusion(family, model, component["fusion"])
        if "prefix" in component:
            attach_prefix(model, **component["prefix"])
        if "prefix_plus" in component:
            size = model.config.hidden_size // model.config.num_attention_heads
            for layer in component["prefix_plus"]["layers"]:
                attention = model.bert.encoder.layer[layer].attention.self
                attention.prefix_plus = torch.nn.Embedding(model.config.hidden_size, size)
        if "prompt" in component:
            attach_prompt(model, **component["prompt"])
        if is_own_lora(component):
            attach_own_lora(family, model, component["lora"])
    for component in configuration["components"]:
        if "lora" in component and not is_own_lora(component):
            settings = component["lora"]
            model = with_lora(
                family, model, **settings, pooler=configuration["head"]["pooler"], reads_tokens=reads_tokens)
        if "ia3" in component:
            model = with_ia3(family, model, component["ia3"]["sites"])
        for kind in TUNERS:
            if kind in component:
                model = with_tuner(
                    family, model, kind, component[kind], configuration["training"]["epochs"])
    model = model.to(dtype).eval()
    set_start_values(model)
    for component in configuration["components"]:
        if "nf4" in component:
            quantize(model, component["nf4"]["layers"])
    set_magnitudes(model)
    for component in configuration["components"]:
        if "fusion" in component:
            set_fused_adapters(family, model, component["fusion"])
    constants = set_constants(model, configuration)
    peft_trains = {key_of(name) for name, parameter in model.named_parameters() if parameter.requires_grad}
    for name, parameter in model.named_parameters():
        parameter.requires_grad = ".original_module." not in name and is_trained(key_of(name), configuration)
    trained = {key_of(name): value for name, value in model.named_parameters() if value.requires_grad}
    if isinstance(model, peft.PeftModel) and len(configuration["components"]) == 1:
        # AdaLoRA's record of its initial ranks is no weight, though PEFT leaves it to train in float64.
        counts = {key for key in peft_trains if key.endswith(".ranknum")}
        difference = sorted((peft_trains - set(constants) - counts) ^ set(trained))
        assert not difference, f"PEFT and the configuration differ in what trains: {difference}"
    return model, trained, constants


# Running a case


def rate_scale(key, configuration):
    for component in configuration["components"]:
        if ".lora_B." in key and "lora" in component:
            return component["lora"].get("learning_rate_ratio", 1)
        layers = component.get("unfreeze", {}).get("layers", [])
        if key.startswith(tuple(f"encoder.layer.{layer}." for layer in layers)):
            return component["unfreeze"].get("learning_rate_scale", 1)
    return 1


def decays(key, value):
    """Matrices, but not what is a vector by another name, nor V of a fusion, which is held near the identity."""
    return value.ndim >= 2 and not key.endswith((".ia3_l", ".adalora_E")) and ".value.weight" not in key.partition(
        ".fusion.")[2]


def optimizer_of(trained, configuration):
    training = configuration["training"]
    groups = [{
        "params": [value], "lr": training["learning_rate"] * rate_scale(key, configuration),
        "weight_decay": training["weight_decay"] if decays(key, value) else 0,
    } for key, value in trained.items()]
    return torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8, foreach=False)


def assert_alive(model, mask):
    """A dead unit has no gradient; where none ever switches, the fixture cannot tell a ReLU from a line."""
    for name, module in model.named_modules():
        if isinstance(module, Bottleneck) and module.activation is torch.relu:
            active = (module.narrow[mask] > 0).double().mean(0)
            assert (active > 0).all() and (active < 1).any(), f"{name}: units active at {active.tolist()}"
            assert module.narrow[mask].abs().min() > 1e-4, f"{name}: a value at the kink of ReLU"


def is_adalora(model):
    return isinstance(model, peft.PeftModel) and isinstance(model.base_model, peft.AdaLoraModel)


def divergence_of_passes(model, batch, logits):
    """AdaMix's second loss, by its formula: half the sum of both divergences between two passes.

    The authors' program holds the probabilities constant in which each divergence is a mean.
    """
    weight = getattr(getattr(model, "config", None), "consistency", 0)
    if not weight or Routes.step is None:
        return 0
    Routes.stage = 1
    first, second = logits.log_softmax(1), logits_of(model, batch).log_softmax(1)
    Routes.stage = 0
    return weight * 0.5 * ((first.exp() - second.exp()) * (first - second)).sum(1).mean()


def distance_of_values(model):
    """What holds the V of fusions near the identity."""
    weight = getattr(getattr(model, "config", None), "regularization", 0)
    return weight * sum(module.distance() for module in model.modules() if isinstance(module, Fusion))


def loss_of(model, batch, task, dtype):
    """The outputs that the engine has, without padding and virtual tokens, and the mean loss."""
    logits = logits_of(model, batch)
    if task is None:
        if is_adalora(model):  # with its penalty
            return logits, model(**batch, labels=torch.tensor(LABELS)).loss
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS))
        return logits, loss + divergence_of_passes(model, batch, logits) + distance_of_values(model)
    if task["kind"] == "regression":
        labels = torch.tensor(task["targets"], dtype=dtype)
        loss = torch.nn.functional.mse_loss(logits.squeeze(1), labels)
    else:
        width = batch["input_ids"].shape[1]
        logits = logits[:, logits.shape[1] - width:]
        labels = torch.tensor([row + [-100] * (width - len(row)) for row in task["targets"]])
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    if not any("prompt" in name for name, _ in model.named_parameters()):
        theirs = model(**batch, labels=labels).loss
        assert (theirs - loss).abs() < 1e-6, "transformers has another loss"
    return (logits if task["kind"] == "regression" else logits[batch["attention_mask"].bool()]), loss


def draw(model, step):
    """Lets every module draw for a step; None is the whole network."""
    for module in model.modules():
        if isinstance(module, (Bottleneck, NestedLoRALinear)):
            module.draw(step)


def run(family, configuration, batch, dtype, task=None):
    model, trained, constants = model_of(family, configuration, dtype, task)
    optimizer = optimizer_of(trained, configuration)
    values = {f"p0.{key}": value.detach().clone() for key, value in trained.items()}
    values |= {f"constant.{key}": value for key, value in constants.items()}
    routes = has_copies(configuration)
    Routes.step = 0 if routes else None
    logits, loss = loss_of(model, batch, task, dtype)
    loss.backward()
    assert_alive(model, batch["attention_mask"].bool())
    values |= {"out.logits": logits.detach(), "out.loss": loss.detach().reshape(1)}
    values |= {f"grad.{key}": torch.zeros_like(value) if value.grad is None else value.grad.clone()
               for key, value in trained.items()}
    training = configuration["training"]
    for step in range(training["epochs"]):
        Routes.step = step if routes else None
        draw(model, step)
        optimizer.zero_grad()
        loss_of(model, batch, task, dtype)[1].backward()
        if training["gradient_clipping"]:
            torch.nn.utils.clip_grad_norm_(list(trained.values()), training["gradient_clipping"])
        optimizer.step()
        if is_adalora(model):
            model.base_model.update_and_allocate(step + 1)
    Routes.step = None
    draw(model, None)
    values |= {f"p3.{key}": value.detach().clone() for key, value in trained.items()}
    with torch.no_grad():
        values["out.logits3"] = loss_of(model, batch, task, dtype)[0]
    return values


def has_copies(configuration):
    return any(component.get("bottleneck", {}).get("copies", 1) > 1 for component in configuration["components"])


def draws_of(configuration):
    """What a case has of the engine's draws with seed 0: all, or those of the steps and not the gradient before."""
    drawn = [settings for component in configuration["components"] for settings in component.values()
             if settings.get("variant") == "dylora" or settings.get("dropped_layers")]
    return {"draws": True} if has_copies(configuration) else {"draws": "steps"} if drawn else {}


def trained_keys(values):
    return sorted(name.removeprefix("p0.") for name in values if name.startswith("p0."))


def zero_gradient_keys(values):
    """Gradients that are zero by algebra (softmax ignores the key bias): AdamW amplifies their rounding."""
    return [key for key in trained_keys(values) if values[f"grad.{key}"].abs().max() < 1e-12]


def noise_floor(exact, rounded):
    """How far PyTorch's own float32 run lands from float64, in the terms of the tolerances."""
    difference = {name: (exact[name] - rounded[name].double()).abs() for name in exact}
    skipped = zero_gradient_keys(exact)
    keys = [key for key in trained_keys(exact) if key not in skipped]
    gradients, live = [], []
    for key in keys:
        gradient = exact[f"grad.{key}"].abs()
        gradients.append((difference[f"grad.{key}"].max() / gradient.max()).item())
        is_live = (gradient > 1e-3 * gradient.max()) & (gradient > 1e-6)
        live.append(difference[f"p3.{key}"][is_live].max().item())
    floor = {
        "logits": difference["out.logits"].max().item(), "loss": difference["out.loss"].max().item(),
        "gradient_over_tensor_maximum": max(gradients), "live_parameters": max(live),
        "parameters": max(difference[f"p3.{key}"].max().item() for key in keys),
        "logits_after_steps": difference["out.logits3"].max().item(),
    }
    return {name: float(f"{value:.1e}") for name, value in floor.items()}


def tolerances(configuration):
    rate = configuration["training"]["learning_rate"]
    return {
        "logits": 1e-5, "loss": 5e-6, "gradient_over_tensor_maximum": 1e-4,
        "live_parameters": max(0.01 * rate, 1e-6), "parameters": 2 * rate * configuration["training"]["epochs"], "logits_after_steps": 5e-5,
    }


# Writing


def write_json(path, value, indent=None):
    separators = None if indent else (",", ":")
    path.write_text(json.dumps(value, sort_keys=True, indent=indent, separators=separators) + "\n")


def shaped(name, value):
    """As the engine has it: vectors are flat whatever side they scale, MiSS's block is (out, r)."""
    if name.endswith((".ia3_l", ".adalora_E")):
        return value.reshape(-1)
    return value.T if name.endswith(".miss_block.weight") else value


def write_tensors(path, tensors):
    save_file({name: shaped(name, value).detach().float().contiguous() for name, value in sorted(tensors.items())},
              path, metadata={"format": "pt"})


def write_base(out, family):
    model = base_model(family, torch.float64)
    write_folder(out / family.folder, family, model)
    ids, types = tokenized(out / family.folder, family)
    unknown = 3 if family is ROBERTA else 1
    assert not any(unknown in row for row in ids), "a text has words that the vocabulary lacks"
    batch = padded(family, ids, types)
    with torch.no_grad():
        result = model(**batch, output_hidden_states=True)
    rows = batch["attention_mask"].bool()
    values = {f"hidden.{index}": state[rows] for index, state in enumerate(result.hidden_states)}
    values["logits"] = result.logits
    if family is BERT:
        values["pooled"] = model.bert.pooler(result.hidden_states[-1])
        values |= {key_of(name): value for name, value in model.named_parameters()}
    write_tensors(out / "base.safetensors", values)
    description = {
        "texts": family.texts, "ids": ids, "types": types, "lengths": [len(row) for row in ids],
        "labels": LABELS, "classes": 3,
    }
    if family is not BERT:
        description["parameters"] = sum(value.numel() for value in model.parameters())
    write_json(out / "base.json", description)
    return batch


def write_case(out, family, name, configuration, batch):
    task = TASKS.get(name) if family is BERT else None
    if configuration["components"] and task is None:
        assert_peft_agrees(family, configuration, batch)
    exact = run(family, configuration, batch, torch.float64, task)
    floor = noise_floor(exact, run(family, configuration, batch, torch.float32, task))
    keys = trained_keys(exact)
    limits = tolerances(configuration)
    assert all(floor[limit] < limits[limit] for limit in limits), f"{name}: noise {floor} above {limits}"
    write_tensors(out / f"{name}.safetensors", exact)
    write_json(out / f"{name}.json", {
        "configuration": configuration,
        "trained": keys,
        "trainable_parameters": sum(exact[f"p0.{key}"].numel() for key in keys),
        "zero_gradient": zero_gradient_keys(exact),
        "optimizer": {
            "name": "adamw", "learning_rate": configuration["training"]["learning_rate"], "beta1": 0.9,
            "beta2": 0.999, "epsilon": 1e-8, "weight_decay": configuration["training"]["weight_decay"],
            "decays": "tensors of two dimensions", "clip": configuration["training"]["gradient_clipping"] or None, "schedule": "constant",
            "steps": configuration["training"]["epochs"],
        },
        "loss": "cross entropy, mean over the batch" if task is None else "that of transformers' head",
        "tolerance": limits,
        "live": "entries whose gradient exceeds 1e-3 of its tensor's maximum and 1e-6",
    } | ({"task": task} if task else {}) | draws_of(configuration))
    return {"noise_floor": floor, "trainable_parameters": sum(exact[f"p0.{key}"].numel() for key in keys)}


START_TEXTS = ["Is the cat small or red?", "yes", "the dog sees zzz 7"]


def write_text_starts(out, folder, family):
    """What PEFT makes of texts that prompts begin as, and the base's keys and values of their tokens."""
    out.mkdir(parents=True, exist_ok=True)
    model = base_model(family, torch.float64)
    words = model.base_model.embeddings.word_embeddings
    cases, values = [], {}
    for index, text in enumerate(START_TEXTS):
        for length in (1, 4, 11):
            config = peft.PromptTuningConfig(
                task_type="SEQ_CLS", num_virtual_tokens=length, token_dim=words.embedding_dim,
                num_transformer_submodules=1, prompt_tuning_init="TEXT", prompt_tuning_init_text=text,
                tokenizer_name_or_path=str(folder))
            rows = peft.tuners.PromptEmbedding(config, words).embedding.weight
            ids = [int((words.weight.float() == row).all(1).nonzero()[0, 0]) for row in rows]
            cases.append({"text": text, "length": length, "ids": ids})
        ids = tokenizer_of(folder, family)(text)["input_ids"]
        with torch.no_grad():
            states = model(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states
            for layer, state in enumerate(states[:-1]):
                attention = family.block(model, layer).attention.self
                values |= {f"{index}.{layer}.key": attention.key(state[0]),
                           f"{index}.{layer}.value": attention.value(state[0])}
    write_json(out / f"{family.name}.json", {"cases": cases, "texts": START_TEXTS})
    write_tensors(out / f"{family.name}.safetensors", values)


def write_family(out, family, configurations):
    out.mkdir(parents=True, exist_ok=True)
    batch = write_base(out, family)
    if family is BERT:
        configurations = configurations | {"fusion": fusion_case(out / "fusion_artifacts", out / family.folder)}
    cases = {name: write_case(out, family, name, value, batch) for name, value in sorted(configurations.items())}
    libraries = [torch, transformers, peft, numpy]
    if family is BERT:
        import bitsandbytes
        libraries.append(bitsandbytes)
    write_json(out / "manifest.json", {
        "command": "python tools/make_golden_values.py", "seed": SEED, "cases": cases,
        "versions": {library.__name__: library.__version__.split("+")[0] for library in libraries},
    }, indent=2)
    print(f"{len(cases)} cases in {out}")


def main():
    golden = Path(__file__).resolve().parent.parent / "Tests/PEFTTests/Fixtures/golden"
    parser = argparse.ArgumentParser(description="Makes the golden values of the PEFT tests.")
    parser.add_argument("--out", type=Path, default=golden, help="folder to write (default: the fixtures)")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    modeling = transformers.models.bert.modeling_bert
    modeling.eager_attention_forward = attend_with_prefix(modeling.eager_attention_forward)
    write_family(out, BERT, CASES)
    write_text_starts(out / "text_starts", out / BERT.folder, BERT)
    for family, cases in FAMILY_CASES.items():
        write_family(out / family.name, family, cases)
    write_text_starts(out / "text_starts", out / ROBERTA.name / ROBERTA.folder, ROBERTA)


if __name__ == "__main__":
    main()
