#!/usr/bin/env python3
"""Makes the golden values of Tests/PEFTTests/Fixtures/golden with PyTorch, transformers and PEFT.

    python3 -m venv .golden && .golden/bin/pip install torch==2.13.0 transformers==5.23.0 peft==0.21.2
    .golden/bin/python tools/make_golden_values.py

Only needed to make the fixtures anew: the tests read the committed files. Two runs on one machine
write the same bytes.

A tiny BERT classifier with seeded weights runs in float64 (stored as float32), in evaluation mode, with
eager attention on one thread. The same configuration JSON that a test hands to the engine builds the
PyTorch model here. LoRA comes from PEFT; the bottlenecks are the modules below; the rest is
`requires_grad`. Beside the values, every case runs again in float32: how far that lands from float64 is
the noise floor in manifest.json.

base.safetensors   every base weight under its Hugging Face name without `bert.`; `hidden.0` after the
                   embeddings to `hidden.L` after the last layer, (tokens, hidden), sequences one after
                   the other without padding; `pooled` and `logits`
base.json          the batch: texts, token ids, token types, lengths, labels
                   (the cases of TASKS have other heads and targets, which stand in their own file)
tiny-bert/         the same model as a Hugging Face folder without a classifier
CASE.json          configuration, trained tensors, optimizer, tolerances
CASE.safetensors   `out.logits`, `out.loss`, `grad.KEY`, `p0.KEY` (start), `p3.KEY` and `out.logits3` after
                   three steps of AdamW on the whole batch, weight decay on tensors of two dimensions
manifest.json      versions and noise floors

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
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy
import peft
import torch
import transformers
from safetensors.torch import save_file

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


# Configurations


def configuration(*components, pooler="trained", learning_rate=1e-3):
    return {
        "components": list(components),
        "head": {"pooler": pooler, "dropout": 0},
        "training": {
            "learning_rate": learning_rate, "weight_decay": 0.01, "epochs": STEPS, "batch_size": len(TEXTS),
            "warmup": 0, "schedule": "constant", "gradient_clipping": 0,
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


def bottleneck(site, widths, scale=1, activation="relu"):
    return {"bottleneck": {"site": site, "widths": widths, "activation": activation, "scale": scale}}


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
    "lora_fa": configuration(lora(MIXED, 2, variant="lora_fa")),
    "lora_plus": configuration(lora(MIXED, 2, learning_rate_ratio=16)),
    "dora": configuration(lora(MIXED, 2, variant="dora")),
    "ia3": configuration(ia3(*(f"{layer}.{part}" for layer in range(3) for part in ("key", "value", "ffn")))),
    "ia3_peft_default": configuration(
        ia3(*(f"1.{part}" for part in ("key", "value", "ffn", "attention_output")))),
    "bitfit_query_ffn_in": configuration({"bias": {"subset": "query_ffn_in"}}),
    "bitfit": configuration({"bias": {}}),
    "layernorm": configuration({"layernorm": {}}),
    "bottleneck_parallel_ffn": configuration(bottleneck("parallel_ffn", {"0": 4, "2": 6}, scale=2)),
    "bottleneck_serial_ffn": configuration(bottleneck("serial_ffn", {"1": 3, "2": 5})),
    "bottleneck_serial_attention": configuration(bottleneck("serial_attention", {"0": 5, "1": 2})),
    "bottleneck_pfeiffer": configuration(bottleneck("pfeiffer", {"0": 3, "2": 4}, scale=1.5), {"layernorm": {}}),
    "bottleneck_houlsby_gelu": configuration(
        bottleneck("serial_attention", {"0": 3, "1": 4, "2": 2}, scale=0.5, activation="gelu"),
        bottleneck("serial_ffn", {"0": 2, "1": 5, "2": 3}, scale=0.5, activation="gelu"),
    ),
    "prefix": configuration(prefix({"0": 3, "2": 5})),
    "prefix_shifted": configuration(prefix({"0": 4, "1": 4, "2": 4}, shifts_positions=True)),
    "prompt": configuration(prompt(4)),
    "prompt_after_first": configuration(prompt(3, placement="after_first"), lora({"1.key": 2}, 1)),
    "mam": configuration(prefix({"0": 3, "1": 2, "2": 4}), bottleneck("parallel_ffn", {"1": 4}, scale=4)),
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


# The base model and its batch


def seeded(name, shape, deviation):
    """Normal float64 values that float32 holds exactly, drawn from the tensor's own name."""
    seed = hashlib.sha256(f"{SEED}/{name}".encode()).digest()[:8]
    values = numpy.random.default_rng(int.from_bytes(seed, "big")).standard_normal(tuple(shape))
    return torch.from_numpy((values * deviation).astype(numpy.float32).astype(numpy.float64))


def start_value(key, shape):
    if key.endswith(("LayerNorm.weight", ".ia3_l")):
        return (1 + seeded(key, shape, 0.1)).float().double()
    if len(shape) == 1:
        return seeded(key, shape, 0.1)
    if key.startswith("embeddings."):
        return seeded(key, shape, 1 if "word" in key else 0.3)
    # Weaker where the residual stream is written, so that tokens stay apart and no ReLU is dead.
    is_written_back = key.endswith("output.dense.weight")
    return seeded(key, shape, (0.4 if is_written_back else 1) * shape[1] ** -0.5)


def key_of(name):
    """The name of a tensor in the fixtures: Hugging Face's, without what wrappers put around it."""
    for wrapping in ("base_model.model.", "bert.", ".base_layer", ".modules_to_save.default", ".default"):
        name = name.replace(wrapping, "")
    return name.removesuffix(".weight") if name.endswith("lora_magnitude_vector.weight") else name


def set_start_values(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(start_value(key_of(name), parameter.shape))


def base_model(dtype, task=None):
    settings = transformers.BertConfig(
        **CONFIGURATION, num_labels=task["outputs"] if task else 3, attn_implementation="eager")
    kind = transformers.BertForSequenceClassification
    if task:
        settings.problem_type = "regression" if task["kind"] == "regression" else None
        kind = kind if task["kind"] == "regression" else transformers.BertForTokenClassification
    model = kind(settings).to(dtype).eval()
    set_start_values(model)
    return model


def write_folder(folder, model):
    """The tiny model as users have theirs: no classifier, names without `bert.`."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"architectures": ["BertModel"], "model_type": "bert", "attention_probs_dropout_prob": 0.1,
                "hidden_dropout_prob": 0.1, "initializer_range": 0.02, "position_embedding_type": "absolute",
                **CONFIGURATION}
    write_json(folder / "config.json", settings, indent=2)
    tokenizer = {"do_lower_case": True, "model_max_length": 40, "tokenizer_class": "BertTokenizer"}
    write_json(folder / "tokenizer_config.json", tokenizer, indent=2)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    weights = {key_of(name): value for name, value in model.named_parameters()}
    write_tensors(folder / "model.safetensors",
                  {key: value for key, value in weights.items() if not key.startswith("classifier.")})


def tokenized(folder):
    tokenizer = transformers.BertTokenizer(
        vocab={token: index for index, token in enumerate((folder / "vocab.txt").read_text().split())})
    encoded = [tokenizer(*text, return_token_type_ids=True) for text in TEXTS]
    return [row["input_ids"] for row in encoded], [row["token_type_ids"] for row in encoded]


def padded(ids, types):
    """What PyTorch wants where the engine has none: id 0 up to the longest row, and the mask."""
    longest = max(map(len, ids))
    fill = lambda rows: torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    return {"input_ids": fill(ids), "token_type_ids": fill(types),
            "attention_mask": fill([[1] * len(row) for row in ids])}


# Components


class Bottleneck(torch.nn.Module):
    def __init__(self, hidden, width, scale, activation):
        super().__init__()
        self.down = torch.nn.Linear(hidden, width)
        self.up = torch.nn.Linear(width, hidden)
        self.scale = scale
        self.activation = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}[activation]
        self.narrow = None

    def forward(self, values):
        self.narrow = self.down(values)
        return self.scale * self.up(self.activation(self.narrow))


class FirstToken(torch.nn.Module):
    """What the classifier reads when the configuration leaves the pooler out."""

    def forward(self, hidden):
        return hidden[:, 0]


def attach_bottleneck(model, site, widths, scale, activation):
    for layer, width in widths.items():
        block = model.bert.encoder.layer[int(layer)]
        adapter = Bottleneck(model.config.hidden_size, width, scale, activation)
        if not hasattr(block, "bottleneck"):
            block.bottleneck = torch.nn.ModuleDict()
        block.bottleneck[site] = adapter
        if site == "parallel_ffn":
            # BertOutput is called with (u, x); x stays readable until its dropout has run.
            block.output.register_forward_pre_hook(lambda module, inputs: setattr(module, "x", inputs[1]))
            block.output.dropout.register_forward_hook(
                lambda _, __, z, output=block.output, adapter=adapter: z + adapter(output.x))
        elif site == "pfeiffer":
            # AdapterHub's `seq_bn`: the norm runs once for the adapter and once for the block.
            block.output.LayerNorm.register_forward_hook(
                lambda norm, inputs, y, adapter=adapter: torch.nn.functional.layer_norm(
                    inputs[0] + adapter(y), norm.normalized_shape, norm.weight, norm.bias, norm.eps))
        else:
            output = block.output if site == "serial_ffn" else block.attention.output
            output.dropout.register_forward_hook(lambda _, __, z, adapter=adapter: z + adapter(z))


def attend_with_prefix(plain):
    """Attention whose keys and values begin with the module's own prefix, without a shift of positions."""

    def forward(module, query, key, value, mask, **settings):
        if hasattr(module, "prefix_key"):
            rows, heads, _, size = key.shape
            split = lambda table: table.view(-1, heads, size).transpose(0, 1).expand(rows, -1, -1, -1)
            key = torch.cat([split(module.prefix_key.weight), key], dim=2)
            value = torch.cat([split(module.prefix_value.weight), value], dim=2)
            if mask is not None:
                mask = torch.nn.functional.pad(mask, (module.prefix_key.num_embeddings, 0))
        return plain(module, query, key, value, mask, **settings)

    return forward


def attach_prefix(model, lengths, shifts_positions=False):
    for layer, length in lengths.items():
        attention = model.bert.encoder.layer[int(layer)].attention.self
        attention.prefix_key = torch.nn.Embedding(length, model.config.hidden_size)
        attention.prefix_value = torch.nn.Embedding(length, model.config.hidden_size)
    model.position_shift = max(lengths.values()) if shifts_positions else 0


def attach_prompt(model, length, placement="before"):
    model.bert.embeddings.prompt = torch.nn.Embedding(length, model.config.hidden_size)
    model.prompt_place = 0 if placement == "before" else 1


def logits_of(model, batch):
    """What the model makes of a batch with its virtual tokens."""
    ids = batch["input_ids"]
    rows, width = ids.shape
    bare = getattr(model, "base_model", model).model if isinstance(model, peft.PeftModel) else model
    if shift := getattr(bare, "position_shift", 0):
        return model(**batch, position_ids=torch.arange(width).expand(rows, -1) + shift).logits
    prompt_table = getattr(bare.bert.embeddings, "prompt", None)
    if prompt_table is None:
        return model(**batch).logits
    place = bare.prompt_place
    put = lambda rest, new: torch.cat([rest[:, :place], new, rest[:, place:]], dim=1)
    vectors = prompt_table.weight.expand(rows, -1, -1)
    return model(
        inputs_embeds=put(bare.bert.embeddings.word_embeddings(ids), vectors),
        token_type_ids=put(batch["token_type_ids"], torch.zeros(vectors.shape[:2], dtype=torch.long)),
        attention_mask=put(batch["attention_mask"], torch.ones(vectors.shape[:2], dtype=torch.long)),
    ).logits


def assert_peft_agrees(configuration, batch):
    """Where PEFT has the same virtual tokens, its own model gives the same logits."""
    (kind, settings), = configuration["components"][0].items()
    is_shared = settings.get("shifts_positions") if kind == "prefix" else settings.get("placement") is None
    if kind not in ("prefix", "prompt") or not is_shared:
        return
    model, _ = model_of(configuration, torch.float64)
    plain = base_model(torch.float64)
    if kind == "prefix":
        length, = set(settings["lengths"].values())
        config = peft.PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=length)
        tables = [table.weight for layer in model.bert.encoder.layer
                  for table in (layer.attention.self.prefix_key, layer.attention.self.prefix_value)]
        table = torch.cat(tables, dim=1)
    else:
        config = peft.PromptTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=settings["length"])
        table = model.bert.embeddings.prompt.weight
    theirs = peft.get_peft_model(plain, config).to(torch.float64).eval()
    with torch.no_grad():
        theirs.prompt_encoder["default"].embedding.weight.copy_(table)
        difference = (theirs(**batch).logits - logits_of(model, batch)).abs().max().item()
    assert difference < 1e-12, f"{kind}: PEFT's logits differ by {difference}"


def with_lora(model, ranks, alpha_over_rank, dropout, pooler, reads_tokens=False, variant="lora",
              learning_rate_ratio=1):
    names = {}
    for target, rank in ranks.items():
        layer, projection = target.split(".")
        names[f"bert.encoder.layer.{layer}.{PROJECTIONS[projection]}"] = rank
    return peft.get_peft_model(model, peft.LoraConfig(
        task_type="TOKEN_CLS" if reads_tokens else "SEQ_CLS", r=1, lora_alpha=1, lora_dropout=dropout,
        target_modules="|".join(re.escape(name) for name in names),
        rank_pattern={f"^{re.escape(name)}": rank for name, rank in names.items()},
        alpha_pattern={f"^{re.escape(name)}": rank * alpha_over_rank for name, rank in names.items()},
        use_rslora=variant == "rslora", use_dora=variant == "dora",
        modules_to_save=["pooler"] if pooler == "trained" else None,
    ))


IA3_MODULES = {
    "key": "attention.self.key", "value": "attention.self.value", "ffn": "output.dense",
    "attention_output": "attention.output.dense",
}


def with_ia3(model, sites):
    names = {site: f"bert.encoder.layer.{site.split('.')[0]}.{IA3_MODULES[site.split('.')[1]]}" for site in sites}
    inputs = [re.escape(name) for site, name in names.items() if site.endswith(("ffn", "attention_output"))]
    return peft.get_peft_model(model, peft.IA3Config(
        task_type="SEQ_CLS", target_modules="|".join(map(re.escape, names.values())),
        feedforward_modules="|".join(inputs) or [], modules_to_save=["pooler"],
    ))


def is_constant(key, configuration):
    """What a method adds and does not train: A of LoRA-FA."""
    variant = next((c["lora"].get("variant") for c in configuration["components"] if "lora" in c), None)
    return variant == "lora_fa" and ".lora_A." in key


def is_trained(key, configuration):
    """Whether the configuration trains it; `bias` and `layernorm` without layers take the embeddings in."""
    if key.startswith("classifier."):
        return True
    if key.startswith("pooler."):
        return configuration["head"]["pooler"] == "trained"
    if any(part in key for part in (".lora_", ".bottleneck.", ".ia3_l", ".prefix_", ".prompt.")):
        return not is_constant(key, configuration)
    match = re.match(r"encoder\.layer\.(\d+)\.", key)
    layer = int(match.group(1)) if match else None
    for component in configuration["components"]:
        (kind, settings), = component.items()
        if kind == "bias" and settings.get("subset") == "query_ffn_in" and not re.search(
                r"(self\.query|intermediate\.dense)\.bias$", key):
            continue
        inside = layer in settings["layers"] if "layers" in settings else True
        if kind == "bias" and inside and key.endswith(".bias"):
            return True
        if kind == "layernorm" and inside and ".LayerNorm." in key:
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


def model_of(configuration, dtype, task=None):
    model = base_model(dtype, task)
    reads_tokens = isinstance(model, transformers.BertForTokenClassification)
    if configuration["head"]["pooler"] == "absent" and not reads_tokens:
        model.bert.pooler = FirstToken()
    for component in configuration["components"]:
        if "bottleneck" in component:
            attach_bottleneck(model, **component["bottleneck"])
        if "prefix" in component:
            attach_prefix(model, **component["prefix"])
        if "prompt" in component:
            attach_prompt(model, **component["prompt"])
    for component in configuration["components"]:
        if "lora" in component:
            settings = component["lora"]
            model = with_lora(
                model, **settings, pooler=configuration["head"]["pooler"], reads_tokens=reads_tokens)
        if "ia3" in component:
            model = with_ia3(model, component["ia3"]["sites"])
    model = model.to(dtype).eval()
    set_start_values(model)
    set_magnitudes(model)
    peft_trains = {key_of(name) for name, parameter in model.named_parameters() if parameter.requires_grad}
    for name, parameter in model.named_parameters():
        parameter.requires_grad = ".original_module." not in name and is_trained(key_of(name), configuration)
    trained = {key_of(name): value for name, value in model.named_parameters() if value.requires_grad}
    if [list(component) for component in configuration["components"]] in ([["lora"]], [["ia3"]]):
        constants = {key for key in peft_trains if is_constant(key, configuration)}
        assert peft_trains - constants == set(trained), "PEFT trains other tensors than the configuration says"
    return model, trained


# Running a case


def rate_scale(key, configuration):
    for component in configuration["components"]:
        if ".lora_B." in key and "lora" in component:
            return component["lora"].get("learning_rate_ratio", 1)
        layers = component.get("unfreeze", {}).get("layers", [])
        if key.startswith(tuple(f"encoder.layer.{layer}." for layer in layers)):
            return component["unfreeze"].get("learning_rate_scale", 1)
    return 1


def optimizer_of(trained, configuration):
    training = configuration["training"]
    groups = [{
        "params": [value], "lr": training["learning_rate"] * rate_scale(key, configuration),
        "weight_decay": training["weight_decay"] if value.ndim >= 2 and ".ia3_l" not in key else 0,
    } for key, value in trained.items()]
    return torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8, foreach=False)


def assert_alive(model, mask):
    """A dead unit has no gradient; where none ever switches, the fixture cannot tell a ReLU from a line."""
    for name, module in model.named_modules():
        if isinstance(module, Bottleneck) and module.activation is torch.relu:
            active = (module.narrow[mask] > 0).double().mean(0)
            assert (active > 0).all() and (active < 1).any(), f"{name}: units active at {active.tolist()}"
            assert module.narrow[mask].abs().min() > 1e-4, f"{name}: a value at the kink of ReLU"


def loss_of(model, batch, task, dtype):
    """The outputs that the engine has, without padding and virtual tokens, and the mean loss."""
    logits = logits_of(model, batch)
    if task is None:
        return logits, torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS))
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


def run(configuration, batch, dtype, task=None):
    model, trained = model_of(configuration, dtype, task)
    optimizer = optimizer_of(trained, configuration)
    values = {f"p0.{key}": value.detach().clone() for key, value in trained.items()}
    values |= {f"constant.{key_of(name)}": value.detach().clone() for name, value in model.named_parameters()
               if is_constant(key_of(name), configuration)}
    for step in range(STEPS):
        optimizer.zero_grad()
        logits, loss = loss_of(model, batch, task, dtype)
        loss.backward()
        if step == 0:
            assert_alive(model, batch["attention_mask"].bool())
            values |= {"out.logits": logits.detach(), "out.loss": loss.detach().reshape(1)}
            values |= {f"grad.{key}": value.grad.clone() for key, value in trained.items()}
        optimizer.step()
    values |= {f"p3.{key}": value.detach().clone() for key, value in trained.items()}
    with torch.no_grad():
        values["out.logits3"] = loss_of(model, batch, task, dtype)[0]
    return values


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
        "live_parameters": max(0.01 * rate, 1e-6), "parameters": 2 * rate * STEPS, "logits_after_steps": 5e-5,
    }


# Writing


def write_json(path, value, indent=None):
    separators = None if indent else (",", ":")
    path.write_text(json.dumps(value, sort_keys=True, indent=indent, separators=separators) + "\n")


def write_tensors(path, tensors):
    # A vector on disk, whatever side of its matrix it scales.
    flat = {name: value.reshape(-1) if name.endswith(".ia3_l") else value for name, value in tensors.items()}
    save_file({name: value.detach().float().contiguous() for name, value in sorted(flat.items())},
              path, metadata={"format": "pt"})


def write_base(out):
    model = base_model(torch.float64)
    write_folder(out / "tiny-bert", model)
    ids, types = tokenized(out / "tiny-bert")
    assert not any(0 in row or 1 in row for row in ids), "row 0 of the embeddings has no gradient in PyTorch"
    batch = padded(ids, types)
    with torch.no_grad():
        result = model(**batch, output_hidden_states=True)
        pooled = model.bert.pooler(result.hidden_states[-1])
    rows = batch["attention_mask"].bool()
    hidden = {f"hidden.{index}": state[rows] for index, state in enumerate(result.hidden_states)}
    weights = {key_of(name): value for name, value in model.named_parameters()}
    write_tensors(out / "base.safetensors", weights | hidden | {"pooled": pooled, "logits": result.logits})
    write_json(out / "base.json", {
        "texts": TEXTS, "ids": ids, "types": types, "lengths": [len(row) for row in ids], "labels": LABELS,
        "classes": 3,
    })
    return batch


def write_case(out, name, configuration, batch):
    if configuration["components"] and name not in TASKS:
        assert_peft_agrees(configuration, batch)
    task = TASKS.get(name)
    exact = run(configuration, batch, torch.float64, task)
    floor = noise_floor(exact, run(configuration, batch, torch.float32, task))
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
            "decays": "tensors of two dimensions", "clip": None, "schedule": "constant", "steps": STEPS,
        },
        "loss": "cross entropy, mean over the batch" if task is None else "that of transformers' head",
        "tolerance": limits,
        "live": "entries whose gradient exceeds 1e-3 of its tensor's maximum and 1e-6",
    } | ({"task": task} if task else {}))
    return {"noise_floor": floor, "trainable_parameters": sum(exact[f"p0.{key}"].numel() for key in keys)}


def main():
    golden = Path(__file__).resolve().parent.parent / "Tests/PEFTTests/Fixtures/golden"
    parser = argparse.ArgumentParser(description="Makes the golden values of the PEFT tests.")
    parser.add_argument("--out", type=Path, default=golden, help="folder to write (default: the fixtures)")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    modeling = transformers.models.bert.modeling_bert
    modeling.eager_attention_forward = attend_with_prefix(modeling.eager_attention_forward)
    batch = write_base(out)
    cases = {name: write_case(out, name, value, batch) for name, value in sorted(CASES.items())}
    write_json(out / "manifest.json", {
        "command": "python tools/make_golden_values.py", "seed": SEED, "cases": cases,
        "versions": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__,
                     "peft": peft.__version__, "numpy": numpy.__version__},
    }, indent=2)
    print(f"{len(cases)} cases in {out}")


if __name__ == "__main__":
    main()
