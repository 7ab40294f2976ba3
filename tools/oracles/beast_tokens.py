"""Golden tokens of BEAST: least-squares B-splines by scipy.interpolate, binned as its published tokenizer bins.

    PYTHONPATH=WHEELS python tools/oracles/beast_tokens.py        # writes tests/quantizers/test_beast.golden.txt

The original (intuitive-robots/beast_calvin, MP_PyTorch's uni_bspline) fits clamped uniform B-splines on [0, 1], sampled
at n/(N - 1), with 1e-9 on the diagonal and in float32; here the same splines (BSpline.design_matrix) are fitted by plain
least squares in double. Ranges of weights are those of the set. Chunks are those of fast_tokens.py.
"""

import pathlib
import platform

import numpy as np
import scipy
from fast_tokens import chunks
from scipy.interpolate import BSpline

ROOT = pathlib.Path(__file__).resolve().parents[2] / "tests/quantizers"
# number, chunks, horizon, dim, step, limit; bases, degree, gripper (the last dimension) or not
SETS = [((11, 3000, 20, 2, 90, 1024), 10, 4, False), ((12, 3000, 50, 2, 60, 1024), 10, 4, True),
        ((13, 3000, 30, 1, 200, 1024), 7, 3, False), ((14, 1500, 10, 2, 300, 1024), 10, 4, False)]


def samples(steps, bases, degree):
    knots = np.concatenate([np.zeros(degree), np.linspace(0, 1, bases - degree + 1), np.ones(degree)])
    return BSpline.design_matrix(np.linspace(0, 1, steps), knots, degree).toarray()


def weights(batch, bases, degree):
    """[count, bases, dim]"""
    count, steps, dim = batch.shape
    flat = batch.transpose(1, 0, 2).reshape(steps, -1)
    found, *_ = np.linalg.lstsq(samples(steps, bases, degree), flat, rcond=None)
    return found.reshape(bases, count, dim).transpose(1, 0, 2)


def main():
    out = (f"# number, chunks, horizon, dim, step, limit, bases, degree, gripper; then for each chunk its tokens in "
           f"hexadecimal (?? within 1e-9 of a half between two), and what decodes at step i % horizon, dimension i % dim "
           f"(? if unsure)\n# by tools/oracles/beast_tokens.py; "
           f"scipy {scipy.__version__}, numpy {np.__version__}, python {platform.python_version()}\n")
    for walk, bases, degree, gripper in SETS:
        batch = chunks(*walk)
        _, steps, dim = batch.shape
        w = weights(batch, bases, degree)
        basis = [samples(steps, bases, degree)] * dim
        if gripper:
            w[:, :, -1:] = weights(batch[:, :, -1:], bases, 0)
            basis[-1] = samples(steps, bases, 0)
        low, high = w.min(axis=0), w.max(axis=0)
        exact = (w - low) / (high - low) * 255
        tokens = np.round(exact).astype(int)
        unsure = np.abs(exact - np.floor(exact) - 0.5) < 1e-9
        back = low + tokens * (high - low) / 255
        out += " ".join(map(str, [*walk, bases, degree, int(gripper)])) + "\n"
        for i, row in enumerate(tokens):
            value = basis[i % dim][i % steps] @ back[i, :, i % dim]
            out += "".join("??" if u else f"{t:02x}" for t, u in zip(row.flatten(), unsure[i].flatten()))
            out += " ?\n" if unsure[i].any() else f" {value:.8f}\n"
    (ROOT / "test_beast.golden.txt").write_text(out)


if __name__ == "__main__":
    main()
