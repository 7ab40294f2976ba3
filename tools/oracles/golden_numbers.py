"""The inputs of golden vectors, which tests/quantizers/golden_numbers.hpp repeats."""

import numpy as np


def number(index):
    """In [-2, 2), a multiple of 2**-22, which float32 holds exactly: the integer hash "lowbias32" of the index."""
    x = np.asarray(index, dtype=np.uint32)
    with np.errstate(over="ignore"):
        x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
        x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    x = x ^ (x >> 16)
    return ((x >> 8).astype(np.float64) * 2.0**-22 - 2.0).astype(np.float32)
