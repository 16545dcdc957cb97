#!/usr/bin/env python3
"""Train a small byte-level BPE tokenizer and write what it makes of hostile texts, for the Swift tests.

    pip install tokenizers==0.23.3

    # The fixtures of the repository, trained on the sentences of SST-2:
    tools/check_byte_level_tokenizer.py train.tsv --out Tests/PEFTTests/Fixtures/byte-level

    # A larger one, and what it makes of the lines of a file; then compare:
    tools/check_byte_level_tokenizer.py train.tsv --tokens 20000 --compare train.tsv --out mine
    TOKENIZER_FIXTURE=$PWD/mine/plain swift test --filter TokenizerEquivalenceTests

Two folders are written, `plain` and `prefix-space` (with `add_prefix_space`), each with `tokenizer.json` and
`cases.jsonl` in the form of `check_tokenizer.py`.
"""

import argparse
import json
import pathlib
import random

from check_tokenizer import HAND_PICKED, PIECES, encode, pool, write
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors, trainers

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
ADDED = [
    AddedToken("<mask>", lstrip=True, special=True, normalized=False),
    AddedToken("<right>", rstrip=True, normalized=False), AddedToken("<both>", lstrip=True, rstrip=True),
    AddedToken("Norm\u00e9"), AddedToken("<mask><mask>", normalized=False),
]
HAND_PICKED = HAND_PICKED + [
    "don't we'll they're I've I'm he'd it's 's 'S ''s '' ' ' s 'll'll'x 'tt're've", "a  b   c\td \n e\r\n\r\n f ",
    "  leading", "trailing  ", " \u00a0 \u00a0x", "x\u3000\u3000y \u2003z", "\u2028\u2029 a", "\t\ta\t", "\u200b \u200d a",
    "<mask> a <mask>  b<mask>", "a   <mask>   b", "a \u3000<mask>\u3000 b", "<right>   a <right>", "  <both>  <both>  ",
    "<right>  <mask>  <s>x</s>", "<mask><mask><mask> <mask><mask>", "Norm\u00e9 Norme norm\u00e9", "a  b<right>  c",
    "12345 1/2 \u00bd \u2167 \u0664\u0665 1a2b c3 \u00b2 \u4e00\u4e8c\u4e09", "abc123def !!!... --- $$ 100%", "e\u0301\u0301 \u0301a a\u0301",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f468\u200d\U0001f469", "the" * 50, "ab" * 40 + " " * 40 + "ba" * 40, "\u00a0" * 9 + "a",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa aaaaaaa aaaa aaa aa a", "the thethe  the\u00a0the\tthe-the'the", "'" * 40 + "s" * 5,
]


def trained(sentences, tokens, adds_prefix_space):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=adds_prefix_space)
    trainer = trainers.BpeTrainer(
        vocab_size=tokens, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False)
    tokenizer.train_from_iterator(sentences, trainer)
    tokenizer.add_tokens(ADDED)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=adds_prefix_space)
    return tokenizer


def random_text(generator, characters):
    choices = [
        lambda: generator.choice(characters), lambda: generator.choice(PIECES), lambda: " ", lambda: "  ",
        lambda: generator.choice("\t\n\u00a0\u2003'1"), lambda: generator.choice([str(token) for token in ADDED]),
        lambda: generator.choice(["'s", "'ll", "'", "...", "42"]),
    ]
    weights = [6, 6, 5, 1, 2, 0.3, 2]
    return "".join(pick() for pick in generator.choices(choices, weights, k=generator.choice([1, 2, 5, 8, 13, 21])))


def hostile_cases(generator, count):
    characters = pool(generator)
    for text in HAND_PICKED:
        for length in (512, 7):
            yield text, None, length
    for character in generator.sample(characters, min(len(characters), count)):
        yield f"a{character} {character}1{character}!{character}'s", None, 512
    for _ in range(count):
        text = random_text(generator, characters)
        pair = random_text(generator, characters) if generator.random() < 0.4 else None
        yield text, pair, generator.choice([4, 5, 6, 8, 9, 16, 17, 32, 512])


def sentences_of(paths):
    """The first column of each line but the names."""
    return [line.split("\t")[0] for path in paths for line in path.read_text("utf-8").split("\n")[1:]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=pathlib.Path, nargs="+", help="tab-separated files to train on")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder to write")
    parser.add_argument("--tokens", type=int, default=900, help="size of the vocabulary (default: 900)")
    parser.add_argument("--compare", type=pathlib.Path, nargs="*", help="lines instead of hostile texts")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    sentences = sentences_of(options.texts)
    for folder, adds_prefix_space in (("plain", False), ("prefix-space", True)):
        generator = random.Random(options.seed)
        tokenizer = trained(sentences, options.tokens, adds_prefix_space)
        out = options.out / folder
        out.mkdir(parents=True, exist_ok=True)
        description = json.loads(tokenizer.to_str())
        (out / "tokenizer.json").write_text(
            json.dumps(description, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        if options.compare:
            lines = sentences_of(options.compare)
            cases = [(line, None, 512) for line in lines]
            cases += [(a, b, generator.choice([8, 31, 64, 128])) for a, b in zip(lines, lines[1:])]
        else:
            cases = hostile_cases(generator, 1100)
        write(out, tokenizer, cases)


if __name__ == "__main__":
    main()
