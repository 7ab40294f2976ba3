"""Logits of transformers from PyTorch, for tests/policies/test_transformer_policy.golden.txt.

Run as `.deps/bin/python tools/oracles/transformer_logits.py > tests/policies/test_transformer_policy.golden.txt`.

Weights come from a formula that the test repeats: number i of the t-th tensor of the file, counted in the order in which
TransformerWeights::visit names them, is centre + scale · sin(0.7·i + 1.3·t + 0.1·i·i mod 7), centre 1 for scales of
normalisations and observation_inverse_std, else 0; scale 0.2 for those, else 1 / sqrt(inputs). The network is built from
torch.nn modules in float32, the GELU is exact, attention is PyTorch's own.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

PRESETS = {"tiny": (128, 4, 4), "small": (256, 6, 8), "base": (512, 8, 8)}
OBSERVATION, HISTORY, VOCABULARIES, TOKENS = 3, 2, [5, 3, 4], [4, 1, 2]


def numbers(count, shape, name):
    n = int(np.prod(shape))
    i = np.arange(n, dtype=np.float64)
    gain = name.endswith("norm.weight") or name == "observation_inverse_std"
    scale = 0.2 if gain else 1.0 / math.sqrt(shape[1] if len(shape) == 2 else 4.0)
    values = (1.0 if gain else 0.0) + scale * np.sin(0.7 * i + 1.3 * count + np.fmod(0.1 * i * i, 7.0))
    return torch.tensor(values.astype(np.float32).reshape(shape))


def tensors(width, layers, parallel, tied):
    largest, places = max(VOCABULARIES), HISTORY + len(VOCABULARIES) - (0 if parallel else 1)
    shapes = [("observation_mean", (HISTORY * OBSERVATION,)), ("observation_inverse_std", (HISTORY * OBSERVATION,)),
              ("observation.weight", (width, OBSERVATION)), ("observation.bias", (width,))]
    if not parallel:
        shapes.append(("token.weight", (largest, width)))
    shapes.append(("position.weight", (places, width)))
    for b in range(layers):
        for part, out, size in (("attention_norm", width, 0), ("attention", 3 * width, width), ("projection", width, width),
                                ("mlp_norm", width, 0), ("up", 4 * width, width), ("down", width, 4 * width)):
            shapes.append((f"blocks.{b}.{part}.weight", (out, size) if size else (out,)))
            shapes.append((f"blocks.{b}.{part}.bias", (out,)))
    shapes += [("norm.weight", (width,)), ("norm.bias", (width,))]
    if not tied:
        shapes.append(("head.weight", (largest, width)))
    shapes.append(("head.bias", (largest,)))
    return {name: numbers(count, shape, name) for count, (name, shape) in enumerate(shapes)}


def logits(preset, parallel, tied):
    width, layers, heads = PRESETS[preset]
    w = tensors(width, layers, parallel, tied)
    history = torch.tensor([0.5 * math.sin(1.1 * i) for i in range(HISTORY * OBSERVATION)], dtype=torch.float32)
    z = ((history - w["observation_mean"]) * w["observation_inverse_std"]).view(HISTORY, OBSERVATION)
    x = F.linear(z, w["observation.weight"], w["observation.bias"])
    rest = torch.zeros(len(VOCABULARIES), width) if parallel else w["token.weight"][TOKENS[:-1]]
    x = (torch.cat([x, rest]) + w["position.weight"])[None]
    for b in range(layers):
        part = lambda name: (w[f"blocks.{b}.{name}.weight"], w[f"blocks.{b}.{name}.bias"])
        y = F.linear(F.layer_norm(x, (width,), *part("attention_norm")), *part("attention"))
        q, k, v = y.view(1, -1, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=not parallel)
        x = x + F.linear(y.transpose(1, 2).reshape(1, -1, width), *part("projection"))
        y = F.gelu(F.linear(F.layer_norm(x, (width,), *part("mlp_norm")), *part("up")))
        x = x + F.linear(y, *part("down"))
    x = F.layer_norm(x, (width,), w["norm.weight"], w["norm.bias"])
    out = F.linear(x, w["token.weight"] if tied else w["head.weight"], w["head.bias"])[0, -len(VOCABULARIES):]
    return torch.cat([out[p, :v] for p, v in enumerate(VOCABULARIES)])


def main():
    print(f"# tools/oracles/transformer_logits.py, torch {torch.__version__}: preset parallel tied logits")
    for preset in PRESETS:
        for parallel, tied in ((0, 0), (0, 1), (1, 0)):
            values = logits(preset, bool(parallel), bool(tied))
            print(preset, parallel, tied, *(f"{value:.7g}" for value in values.tolist()))


if __name__ == "__main__":
    main()
