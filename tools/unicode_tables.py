#!/usr/bin/env python3
"""Write Sources/PEFT/Text/ScalarClasses+Tables.swift to standard output.

The Hugging Face `tokenizers` package classifies characters by tables of its
own, whose Unicode versions differ from one another (categories of Unicode 8,
lower case of Unicode 17 in 0.23.3) and from those of the Swift standard
library. This asks the package itself about every scalar value and prints what
it answers.

    pip install tokenizers==0.23.3
    tools/unicode_tables.py > Sources/PEFT/Text/ScalarClasses+Tables.swift
"""

import textwrap

import tokenizers
from tokenizers import normalizers, pre_tokenizers

SCALARS = [v for v in range(0x110000) if not 0xD800 <= v < 0xE000]
HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)


def only(**options):
    """A BERT normalizer that does one of its steps."""
    steps = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**(steps | options)).normalize_str


clean = only(clean_text=True)
isolate = only(handle_chinese_chars=True)
strip = only(strip_accents=True)
lower = only(lowercase=True)
decompose = normalizers.NFD().normalize_str
split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
split_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str


def words(text):
    return [word for word, _ in split(text)]


def is_combining(text):
    """Whether canonical ordering moves it: past U+0334 (class 1) or U+0345 (class 240)."""
    return decompose(text) == text and (
        text in "\u0334\u0345"
        or decompose(text + "\u0334") == "\u0334" + text
        or decompose("\u0345" + text) == text + "\u0345"
    )


CLASSES = {
    "removed": ("What `clean_text` drops.", lambda c: clean(f"a{c}b") == "ab"),
    "whitespace": ("Where words end.", lambda c: words(f"a{c}b") == ["a", "b"]),
    "punctuation": ("What stands as a word of its own.", lambda c: words(f"a{c}b") == ["a", c, "b"]),
    "ideographs": ("What `handle_chinese_chars` sets apart.", lambda c: isolate(c) != c),
    "accents": (
        "What `strip_accents` drops after decomposition.",
        lambda c: decompose(c) == c and strip("a" + c) == "a",
    ),
    "decomposable": (
        "What canonical decomposition changes, Hangul syllables apart.",
        lambda c: ord(c) not in HANGUL_SYLLABLES and decompose(c) != c,
    ),
    "combining": ("What has a canonical combining class other than 0.", is_combining),
    "letters": ("`\\p{L}` of byte-level splitting.", lambda c: len(split_bytes("a" + c)) == 1),
    "numbers": ("`\\p{N}` of byte-level splitting.", lambda c: len(split_bytes("1" + c)) == 1),
}


def check_white_space():
    """`\\s` of byte-level splitting is what ends BERT's words."""
    for value in SCALARS:
        c = chr(value)
        is_word = len(split_bytes("a" + c)) == 1 or len(split_bytes("1" + c)) == 1
        assert (not is_word and len(split_bytes("!" + c)) == 2) == CLASSES["whitespace"][1](c), hex(value)


def ranges(values):
    result = []
    for value in values:
        if result and result[-1][1] == value - 1:
            result[-1][1] = value
        else:
            result.append([value, value])
    return [f"{first:X}" if first == last else f"{first:X}-{last:X}" for first, last in result]


def lower_case_runs():
    """`first-last/stride:first target`, U+0130 (the only one that becomes two scalars) apart."""
    runs = []
    for value in SCALARS:
        target = lower(chr(value))
        if target == chr(value) or len(target) > 1:
            continue
        offset = ord(target) - value
        if runs:
            run = runs[-1]
            step = value - run["last"]
            if run["offset"] == offset and (step == run["stride"] or (run["stride"] == 0 and step <= 2)):
                run.update(last=value, stride=step)
                continue
        runs.append({"first": value, "last": value, "stride": 0, "offset": offset})
    return [f"{r['first']:X}-{r['last']:X}/{r['stride'] or 1}:{r['first'] + r['offset']:X}" for r in runs]


def literal(name, comment, items):
    lines = textwrap.wrap(" ".join(items), width=96, break_on_hyphens=False)
    body = " \\\n".join("        " + line for line in lines)
    return f'    /// {comment}\n    static let {name} = """\n{body}\n        """\n'


def main():
    check_white_space()
    print("// Written by tools/unicode_tables.py, asking the Python package tokenizers", tokenizers.__version__ + ".")
    print()
    print("/// Ranges of scalar values in hexadecimal.")
    print("enum ScalarTables {")
    parts = [
        literal(name, comment, ranges(v for v in SCALARS if holds(chr(v))))
        for name, (comment, holds) in CLASSES.items()
    ]
    comment = "Lower case as `first-last/stride:target of the first`; U+0130 becomes two scalars and is not here."
    parts.append(literal("lowerCase", comment, lower_case_runs()))
    print("\n".join(parts), end="")
    print("}")


if __name__ == "__main__":
    main()
