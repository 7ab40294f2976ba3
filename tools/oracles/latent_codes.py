"""Golden tokens of finite scalar quantization (both variants) and residual vector quantization.

    python tools/oracles/latent_codes.py        # writes tests/quantizers/test_{fsq_code,residual_codebooks}.golden.txt

canonical FSQ and ResidualVQ: the wheel vector-quantize-pytorch 1.32.0 (with einops, einx, torch-einops-utils), whose FSQ
is oat's and QueST's; both in evaluation mode. openpi's FSQ: its published formulas (models/utils/fsq_tokenizer.py) in
float32 NumPy, since the module itself hangs on a trained network. Inputs are numbers that float32 holds exactly, made by
`number`, which the tests repeat; only tokens are stored.
"""

import pathlib
import platform

import numpy as np
import torch
from golden_numbers import number
from vector_quantize_pytorch import FSQ, ResidualVQ

ROOT = pathlib.Path(__file__).resolve().parents[2] / "tests/quantizers"
LEVELS = [([8, 5, 5, 5], 10_000), ([8, 6, 5], 2_000), ([7, 5, 5, 5, 5], 2_000), ([8, 8, 8, 6, 5], 2_000)]
DIM, LAYERS, CODES, ROWS = 6, 3, 16, 10_000


def latents(rows, dim):
    """Every sixteenth row is eight times as large: where tanh has saturated."""
    z = number(np.arange(rows * dim)).reshape(rows, dim)
    z[::16] *= np.float32(8)
    return z


def canonical(z, levels):
    fsq = FSQ(levels).eval()
    return fsq.codes_to_indices(fsq.quantize(torch.from_numpy(z))).numpy()


def openpi(z, levels):
    wide = np.asarray(levels, dtype=np.float32)
    digits = np.round((np.tanh(z) + np.float32(1)) * (wide - np.float32(1)) / np.float32(2)).astype(np.int64)
    places = np.cumprod([1] + levels[:-1])
    return (digits * places).sum(axis=1)


def provenance(what):
    return (f"# {what}\n# by tools/oracles/latent_codes.py; vector-quantize-pytorch 1.32.0, torch {torch.__version__}, "
            f"numpy {np.__version__}, python {platform.python_version()}\n")


def wrapped(tokens, a_line=24):
    tokens = [str(t) for t in tokens]
    return "".join(" ".join(tokens[i:i + a_line]) + "\n" for i in range(0, len(tokens), a_line))


def fsq_golden():
    text = provenance("packed tokens of finite scalar quantization: variant, levels, rows; then one token a row")
    for variant, code in (("canonical", canonical), ("openpi", openpi)):
        for levels, rows in LEVELS:
            z = latents(rows, len(levels))
            text += f"{variant} {'x'.join(map(str, levels))} {rows}\n{wrapped(code(z, levels))}"
    (ROOT / "test_fsq_code.golden.txt").write_text(text)


def rvq_golden():
    rvq = ResidualVQ(dim=DIM, num_quantizers=LAYERS, codebook_size=CODES).eval()
    for layer in range(LAYERS):
        first = 10_000_000 + layer * CODES * DIM
        codes = number(np.arange(first, first + CODES * DIM)).reshape(1, CODES, DIM) * np.float32(2.0**-layer)
        rvq.layers[layer]._codebook.embed.data.copy_(torch.from_numpy(codes))
    rows = number(np.arange(ROWS * DIM)).reshape(1, ROWS, DIM)
    with torch.no_grad():
        _, tokens, _ = rvq(torch.from_numpy(rows))
    text = provenance(f"tokens of residual vector quantization: {LAYERS} layers of {CODES} codes of {DIM} numbers, "
                      f"{ROWS} rows; one hexadecimal digit a layer")
    text += wrapped(["".join(f"{t:x}" for t in row) for row in tokens[0].tolist()])
    (ROOT / "test_residual_codebooks.golden.txt").write_text(text)


if __name__ == "__main__":
    fsq_golden()
    rvq_golden()
