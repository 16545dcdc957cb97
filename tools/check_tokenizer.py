#!/usr/bin/env python3
"""Write what the Hugging Face tokenizer makes of texts, for the Swift tests to compare with.

    pip install tokenizers==0.23.3

    # The fixture of the repository: hostile Unicode and a small vocabulary that sees it.
    tools/check_tokenizer.py models/all-MiniLM-L6-v2 --hostile --out Tests/PEFTTests/Fixtures/tokenizer

    # Any other model and any texts, a text a line; then compare:
    tools/check_tokenizer.py MODEL_DIR TEXT_FILE... --out mine
    TOKENIZER_FIXTURE=$PWD/mine swift test --filter TokenizerEquivalenceTests

The folder gets `tokenizer.json` and `cases.jsonl`: one array `[text, pair or
null, maximum length, ids, how many of them are of type 1]` a line.
"""

import argparse
import json
import pathlib
import random
import shutil

from tokenizers import Tokenizer

PIECES = """able al an ate ation con de ed en er es est ful he hello in ing ion ist ity less ly man ment ness
no o of on or ous out over play re run s sent sh st th the tion to un under unit ver work world y you""".split()

# Blocks and characters that are treated apart somewhere on the way.
SPECIAL_BLOCKS = [
    (0x00, 0xFF), (0x100, 0x17F), (0x180, 0x24F), (0x2B0, 0x36F), (0x370, 0x3FF), (0x400, 0x45F),
    (0x531, 0x589), (0x590, 0x5F4), (0x600, 0x6FF), (0x900, 0x97F), (0x981, 0x9FE), (0xB3C, 0xB57),
    (0xC00, 0xC56), (0xD3B, 0xD4E), (0xE31, 0xE4F), (0xF71, 0xF87), (0x10A0, 0x10FF), (0x1100, 0x11FF),
    (0x1713, 0x1736), (0x1800, 0x180F), (0x1AB0, 0x1ACE), (0x1B34, 0x1B7E), (0x1C80, 0x1CBF),
    (0x1DC0, 0x1DFF), (0x1E00, 0x1EFF), (0x1F00, 0x1FFF), (0x2000, 0x206F), (0x20D0, 0x20F0),
    (0x2100, 0x214F), (0x2160, 0x2188), (0x2E00, 0x2E5D), (0x3000, 0x303F), (0x3041, 0x30FF),
    (0x3400, 0x3410), (0x4DB0, 0x4E10), (0x9FF0, 0xA000), (0xA660, 0xA67F), (0xA7A0, 0xA7DC),
    (0xA8C4, 0xA8FF), (0xAC00, 0xAC60), (0xD7A0, 0xD7FF), (0xE000, 0xE010), (0xF8F0, 0xFB4F),
    (0xFE00, 0xFE6F), (0xFEF0, 0xFFFF), (0x101FD, 0x10200), (0x10400, 0x10430), (0x10A0F, 0x10A3F),
    (0x110B0, 0x110C2), (0x11127, 0x1113F), (0x111C0, 0x111CF), (0x1133B, 0x11374), (0x11938, 0x11946),
    (0x16EA0, 0x16EBC), (0x1D15E, 0x1D1C0), (0x1E130, 0x1E136), (0x1E900, 0x1E94A), (0x1F1E6, 0x1F1FF),
    (0x1F466, 0x1F470), (0x1F3FB, 0x1F3FF), (0x20000, 0x20008), (0x2A6D6, 0x2A705), (0x2B738, 0x2B822),
    (0x2CEA0, 0x2CEB4), (0x2F800, 0x2FA1F), (0x30000, 0x30005), (0xE0001, 0xE0080), (0xE0100, 0xE0110),
    (0xF0000, 0xF0004), (0xFFFF0, 0xFFFFF), (0x10FFF0, 0x10FFFF),
]

HAND_PICKED = [
    "", " ", "\t\n\r", "\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000", "\u0085\u000b\u000c\u001c\u001f",
    "Hello, world!", "I\u0307STANBUL \u0130stanbul \u0131", "Stra\u00dfe STRASSE \u1e9e", "\ufb01n \ufb00 \u01c4 \u01c5",
    "\u1f48\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c2 \u039f\u0394\u039f\u03a3", "e\u0301\u0323 e\u0323\u0301 \u1ec7",
    "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab", "\u4e2d\u6587abc\u65e5\u672c\u8a9e\u3002\uf900\U0002f800x",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd \u2764\ufe0f",
    "\u0645\u0631\u062d\u0628\u064b\u0627 \u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd\u200f!", "\ud7ff\ue000\uf8ff\ufffd\ufffe",
    "\u212b \u212a \u2126 \u1fef \u037e \u0387 \u2329", "[SEP] and [MASK], [sep] [ SEP ] [[CLS]] [UNK]x[PAD]",
    "[MA[MASK]SK][SEP][SEP]", "a\u00ad\u200bb\ufeffc", "\x00a\x00", "$+<=>^`|~", "a.b,c;d", "it's don't 3.14 1,000",
    "NORM\u00c9 norme normed", "x" * 100, "x" * 101, "the" * 33, "the" * 34, "\u00e9" * 100, "e\u0301" * 100, "\u4e2d" * 200,
    "\ua8ff\u1dfa\u1b44\u302e\U0001d165\u0334", "\U0001d165\u0345\u302e\u1b44\u094d\u302f", "un\u00adable",
]


def pool(generator):
    """Scalars of all planes, most of them from the blocks where something happens."""
    special = [v for first, last in SPECIAL_BLOCKS for v in range(first, last + 1)]
    chosen = set(generator.sample(special, 1700))
    chosen |= {generator.randrange(0x110000) for _ in range(500)}
    return [chr(v) for v in sorted(chosen) if not 0xD800 <= v < 0xE000]


def hostile_tokenizer(model, texts):
    """The pipeline of a model with a vocabulary of single characters, so that no difference hides behind [UNK]."""
    description = json.loads(model.to_str())
    normalize = model.normalizer.normalize_str
    characters = sorted({c for text in texts for c in normalize(text)})
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + sorted(set(PIECES) - set(characters)) + characters
    tokens += ["##" + token for token in tokens[5:]]
    description["model"]["vocab"] = {token: number for number, token in enumerate(tokens)}
    for token in description["added_tokens"]:
        token["id"] = tokens.index(token["content"])
    description["added_tokens"].append(
        {"id": len(tokens), "content": "Norm\u00e9", "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": True, "special": False})
    for name, token in description["post_processor"]["special_tokens"].items():
        token["ids"] = [tokens.index(name)]
    description["truncation"] = description["padding"] = None
    return Tokenizer.from_str(json.dumps(description))


def random_text(generator, characters):
    length = generator.choice([1, 2, 3, 5, 8, 13, 21])
    parts = []
    for _ in range(length):
        parts.append(generator.choices(
            [generator.choice(characters), generator.choice(PIECES), " ", "[SEP]", "[MASK]", "\u0301", "."],
            [12, 3, 3, 0.1, 0.1, 0.5, 0.5])[0])
    return "".join(parts)


def hostile_cases(generator, characters):
    for text in HAND_PICKED:
        for length in (512, 7):
            yield text, None, length
    for character in characters:
        yield "a" + character + "b" + character, None, 512
    for _ in range(1500):
        text = random_text(generator, characters)
        pair = random_text(generator, characters) if generator.random() < 0.4 else None
        yield text, pair, generator.choice([3, 4, 5, 8, 9, 16, 17, 32, 512])


def encode(tokenizer, text, pair, length):
    tokenizer.no_padding()
    tokenizer.enable_truncation(length, strategy="longest_first")
    encoding = tokenizer.encode(text, pair)
    assert encoding.type_ids == sorted(encoding.type_ids)
    return [text, pair, length, encoding.ids, sum(encoding.type_ids)]


def write(folder, tokenizer, cases):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "cases.jsonl", "w", encoding="utf-8") as file:
        for case in cases:
            # JSON texts of this project hold no NUL (PostgreSQL cannot store it).
            if "\0" in case[0] + (case[1] or ""):
                continue
            file.write(json.dumps(encode(tokenizer, *case), ensure_ascii=False, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path, help="the folder of a model with a tokenizer.json")
    parser.add_argument("texts", type=pathlib.Path, nargs="*", help="UTF-8 files with a text a line")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder to write")
    parser.add_argument("--hostile", action="store_true", help="hostile texts and a small vocabulary instead")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    generator = random.Random(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.hostile:
        characters = pool(generator)
        cases = list(hostile_cases(generator, characters))
        tokenizer = hostile_tokenizer(tokenizer, [part for text, pair, _ in cases for part in (text, pair or "")])
        description = json.loads(tokenizer.to_str())
        (options.out / "tokenizer.json").write_text(
            json.dumps(description, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    else:
        lines = [line for path in options.texts for line in path.read_text(encoding="utf-8").split("\n") if line]
        cases = [(line, None, 512) for line in lines]
        cases += [(a, b, generator.choice([8, 31, 64, 128])) for a, b in zip(lines, lines[1:])]
        shutil.copy(options.model / "tokenizer.json", options.out / "tokenizer.json")
    write(options.out, tokenizer, cases)


if __name__ == "__main__":
    main()
