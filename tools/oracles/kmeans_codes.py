"""Golden k-means: labels and inertia of scikit-learn.

    python tools/oracles/kmeans_codes.py        # writes tests/quantizers/test_kmeans.golden.txt

Rows are numbers that float32 holds exactly, made by `number`, which the tests repeat: 12,000 rows of seven, three out of
four drawn towards eight centres. From the first 64 rows scikit-learn's Lloyd (float64, tol=0) goes to its fixed point;
stored are its inertia, its centres rounded to float32, and what `predict` says of all rows for these rounded centres.
"""

import pathlib
import platform

import numpy as np
import sklearn
from golden_numbers import number
from sklearn.cluster import KMeans

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests/quantizers/test_kmeans.golden.txt"
ROWS, DIM, CODES, ITERATIONS = 12_000, 7, 64, 5


def rows():
    """Row i of number(): where i mod 4 is not 0, an eighth of it plus the centre of cluster i mod 8."""
    x = number(np.arange(ROWS * DIM)).reshape(ROWS, DIM)
    centres = number(1_000_000 + np.arange(8 * DIM)).reshape(8, DIM)
    i = np.arange(ROWS)
    near = i % 4 != 0
    x[near] = x[near] * np.float32(0.125) + centres[i[near] % 8]
    return x


def fit(x, iterations):
    with np.errstate(all="ignore"):
        return KMeans(CODES, init=x[:CODES], n_init=1, max_iter=iterations, tol=0.0, algorithm="lloyd").fit(x)


def main():
    x = rows().astype(np.float64)
    few, whole = fit(x, ITERATIONS), fit(x, 10_000)
    centres = whole.cluster_centers_.astype(np.float32)
    whole.cluster_centers_ = centres.astype(np.float64)
    labels = whole.predict(x)
    lines = [
        f"# {pathlib.Path(__file__).name}: scikit-learn {sklearn.__version__}, NumPy {np.__version__}, "
        f"Python {platform.python_version()}",
        f"# {ROWS} rows of {DIM}, {CODES} codes; inertia after {ITERATIONS} iterations and at the fixed point; centres; "
        "labels",
        f"{ROWS} {DIM} {CODES} {ITERATIONS}",
        f"{few.inertia_:.17g} {whole.inertia_:.17g} {whole.n_iter_}",
    ]
    lines += [" ".join(f"{value:.9g}" for value in row) for row in centres]
    lines += [" ".join(map(str, labels[i : i + 40])) for i in range(0, ROWS, 40)]
    GOLDEN.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
