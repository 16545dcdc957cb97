#!/usr/bin/env python3
"""Makes Tests/PEFTTests/Fixtures/nf4.json: what bitsandbytes makes of a matrix in NF4.

    python3 -m venv .nf4 && .nf4/bin/pip install torch==2.13.0 bitsandbytes==0.50.2 numpy
    .nf4/bin/python tools/make_nf4_values.py

The matrix is computed the same way by the test, so only a sample of the result is kept: every 17th of
300 x 70 elements, which are 329 blocks, so that both levels of quantisation have more than one block.
Codes and magnitudes come from bitsandbytes; it is their product that its CPU version gets wrong, so that
is done here.
"""

import json
from pathlib import Path

import bitsandbytes
import torch
from bitsandbytes import functional

ROWS, COLUMNS, STRIDE = 300, 70, 17


def weight():
    index = torch.arange(ROWS * COLUMNS)
    fraction = (index * 2654435761 % 2**24).float() / 2**24 - 0.5
    return (fraction * (1 + index // 64 % 7).float()).view(ROWS, COLUMNS)


def quantized(values):
    packed, state = functional.quantize_4bit(values, blocksize=64, compress_statistics=True, quant_type="nf4")
    codes = torch.stack([packed.flatten() >> 4, packed.flatten() & 15], dim=1).flatten().long()
    magnitudes = functional.dequantize_blockwise(state.absmax, state.state2) + state.offset
    return state.code[codes[:values.numel()]] * magnitudes.repeat_interleave(64)[:values.numel()]


def main():
    path = Path(__file__).resolve().parent.parent / "Tests/PEFTTests/Fixtures/nf4.json"
    sample = quantized(weight())[::STRIDE]
    path.write_text(json.dumps({
        "bitsandbytes": bitsandbytes.__version__, "rows": ROWS, "columns": COLUMNS, "stride": STRIDE,
        "values": [float(f"{value:.9g}") for value in sample.tolist()]}) + "\n")


if __name__ == "__main__":
    main()
