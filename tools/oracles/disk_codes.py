"""Golden k-disks: the vocabulary of the driving field as NVlabs/catk (the tokens of SMART) covers it.

    python tools/oracles/disk_codes.py TRAJ_CLUSTERING.py   # writes tests/quantizers/test_disk_cover.golden.txt

TRAJ_CLUSTERING.py: src/smart/tokens/traj_clustering.py of github.com/NVlabs/catk, the commit below. Only its function
Kdisk_cluster is run: on 12,000 rows of six numbers that float32 holds exactly, each a contour of one point, for which
its mean distance of corners is the Euclidean one. Its random picks are ours: row ⌊u·left⌋ of those that are left, u of
`number`; the first is row 0, as it always is there. Stored: the centres of 64 disks, and the means.
"""

import ast
import contextlib
import io
import pathlib
import platform
import sys

import numpy as np
import torch
from golden_numbers import number

COMMIT = "d23886761fc5b5628c5973148c40284452745745"
GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests/quantizers/test_disk_cover.golden.txt"
ROWS, DIM, DISKS, RADIUS, FIRST_PICK = 12_000, 6, 64, 1.5, 5_000_000


class Picks:
    """Stands for torch where Kdisk_cluster draws."""

    def __init__(self):
        self.drawn = 0

    def randint(self, low, high, shape):
        self.drawn += 1
        u = (float(number(FIRST_PICK + self.drawn)) + 2.0) / 4.0
        return torch.tensor([low + int(u * (high - low))])

    def __getattr__(self, name):
        return getattr(torch, name)


def cover(path, rows, means):
    tree = ast.parse(pathlib.Path(path).read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "Kdisk_cluster"]
    scope = {"torch": Picks()}
    exec(compile(tree, path, "exec"), scope)
    points = torch.from_numpy(rows)[:, None, :]
    with contextlib.redirect_stdout(io.StringIO()):
        return scope["Kdisk_cluster"](points, DISKS, RADIUS, points, cal_mean_heading=means)[:, 0, :].numpy()


def main():
    rows = number(np.arange(ROWS * DIM)).reshape(ROWS, DIM)
    with GOLDEN.open("w") as out:
        print(f"# {DISKS} disks of radius {RADIUS} over {ROWS} rows of {DIM}: centres, then means", file=out)
        print(f"# by tools/oracles/disk_codes.py; NVlabs/catk {COMMIT[:12]}, torch {torch.__version__}, "
              f"python {platform.python_version()}", file=out)
        for means in (False, True):
            for row in cover(sys.argv[1], rows, means):
                print(" ".join(f"{value:.9g}" for value in row), file=out)


main()
