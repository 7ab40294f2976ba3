"""Golden µ-law tokens: Gato's companding as huggingface/jat (then "gia") wrote it.

    python tools/oracles/mulaw_tokens.py UTILS.py     # writes tests/quantizers/test_mulaw_bins.golden.txt

UTILS.py: gia/utils/utils.py of github.com/huggingface/jat, the commit below. Only its functions mu_law, discretize and
inverse_mu_law are run, on 12,000 numbers that float32 holds exactly: `number` times 2 to the power
of −9 … 7, and a few of their own. What lies beyond ±M is clipped before it is discretized, as the paper says.
"""

import ast
import pathlib
import platform
import sys

import numpy as np
from golden_numbers import number

COMMIT = "4bf4e2503bd8d9f66188cb32ed98e14dc6680d42"
GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests/quantizers/test_mulaw_bins.golden.txt"
COUNT, BINS = 12_000, 1024


def functions(path, names):
    """The named functions alone: the rest of the file wants what they do not need."""
    tree = ast.parse(pathlib.Path(path).read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    scope = {"np": np}
    exec(compile(tree, path, "exec"), scope)
    return [scope[name] for name in names]


def main():
    mu_law, discretize, inverse_mu_law = functions(sys.argv[1], ["mu_law", "discretize", "inverse_mu_law"])
    i = np.arange(COUNT)
    x = number(i).astype(np.float64) * 2.0 ** (i % 17 - 9)
    x[:9] = [0.0, 256.0, -256.0, 300.0, -1e6, 1.0, -1.0, 2.0**-40, -(2.0**-40)]
    tokens = discretize(np.clip(mu_law(x), -1.0, 1.0), nb_bins=BINS)
    centres = inverse_mu_law((2.0 * np.arange(BINS) + 1.0) / BINS - 1.0)
    with GOLDEN.open("w") as out:
        print(f"# µ-law tokens of {COUNT} numbers, three hexadecimal digits each, then {BINS} cell centres", file=out)
        print(f"# by tools/oracles/mulaw_tokens.py; huggingface/jat {COMMIT[:12]}, numpy {np.__version__}, "
              f"python {platform.python_version()}", file=out)
        for row in tokens.reshape(-1, 30):
            print(" ".join(f"{token:03x}" for token in row), file=out)
        for row in centres.reshape(-1, 4):
            print(" ".join(f"{value:.17g}" for value in row), file=out)


main()
