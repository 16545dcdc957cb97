"""A point of the space as a PyTorch model: low-rank updates by PEFT, the rest by what requires a gradient."""

import copy
import re

import peft
import torch
import transformers

from . import space

MODULES = {
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
    "attention_output": "attention.output.dense", "ffn_in": "intermediate.dense", "ffn_out": "output.dense",
}


def load_base(folder, labels):
    """Read once a search: every trial begins with a copy."""
    torch.manual_seed(0)
    return transformers.BertForSequenceClassification.from_pretrained(
        folder, num_labels=labels, attn_implementation="sdpa", dtype=torch.float32,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, classifier_dropout=0.1)


def build(base, choice, seed):
    """A copy of the base in which the choice is trained and nothing else."""
    torch.manual_seed(seed)
    model = copy.deepcopy(base)
    torch.nn.init.normal_(model.classifier.weight, std=model.config.initializer_range)
    for parameter in model.parameters():
        parameter.requires_grad = False
    if choice.ranks:
        model = peft.get_peft_model(model, lora(choice.ranks))
    for name, parameter in model.named_parameters():
        if "lora_" not in name:
            parameter.requires_grad = is_trained(name.replace(".base_layer", ""), choice)
    return model


def lora(ranks):
    names = {rf"layer\.{layer}\.{re.escape(MODULES[part])}": rank for (layer, part), rank in ranks.items()}
    return peft.LoraConfig(
        r=1, target_modules=rf".*\.({'|'.join(names)})", rank_pattern=names, bias="none",
        alpha_pattern={name: space.ALPHA_OVER_RANK * rank for name, rank in names.items()})


def is_trained(name, choice):
    """Whether a tensor of the base model is; PEFT's LNTuning would copy the same norms, at the same cost."""
    if "classifier" in name:
        return True
    if "pooler" in name:
        return choice.pooler == "trained"
    found = re.search(r"encoder\.layer\.(\d+)\.", name)
    if found is None:
        return False
    layer = int(found[1])
    return layer in choice.norms and "LayerNorm" in name or layer in choice.biases and name.endswith(".bias")


def trained_numbers(model):
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
