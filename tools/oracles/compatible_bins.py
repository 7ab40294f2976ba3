"""What the bin tokenizers of other projects do: tests/quantizers/golden/bins_MODE.txt for tests/quantizers/test_compatible_bins.cpp.

  python tools/oracles/compatible_bins.py MODE [SOURCE] > tests/quantizers/golden/bins_MODE.txt

MODE          SOURCE, a checkout or an unpacked wheel                needs
openvla       github.com/openvla/openvla                             tensorflow (normalisation), numpy
rt1           github.com/google-research/robotics_transformer        tensorflow
octo          github.com/octo-models/octo                            jax, flax
torchrl       the torchrl wheel, 0.14 or later                       torch
torchrl_tail  the same
openpi        none: its two lines are restated in NumPy below

The originals' own files are run, with stand-ins for what they import but do not need here. OpenVLA's un-normalisation is
three lines of a model's method and is restated too. Actions lie at the nominal edges of cells, at float32 neighbours of
those, outside the range, and at random.
"""

import ast
import importlib.util
import pathlib
import sys
import types

import numpy as np

F = np.float32


def stand_in(name, **attributes):
    """A module of that name, and of its parents, that holds only these attributes."""
    parts = name.split(".")
    for i in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:i]), types.ModuleType(".".join(parts[:i])))
    for key, value in attributes.items():
        setattr(sys.modules[name], key, value)
    for i in range(1, len(parts)):
        setattr(sys.modules[".".join(parts[:i])], parts[i], sys.modules[".".join(parts[: i + 1])])


def load(path):
    spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem + "_original", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def actions(case, seed):
    """float32 actions for one case."""
    low, high = (-1.0, 1.0) if not case["normalised"] else (case["low"], case["high"])
    length = high - low if high > low else 1e-6
    cells = case["bins"] - (1 if case["mode"] in ("openvla", "torchrl_tail", "rt1") else 0)
    rng = np.random.default_rng(seed)
    near = [F(low + length * k / cells) for k in range(cells + 1)]
    out = []
    for edge in near:
        down = up = edge
        out.append(edge)
        for _ in range(3):
            down, up = np.nextafter(down, F(-np.inf)), np.nextafter(up, F(np.inf))
            out += [down, up]
    out += list((low + length * rng.uniform(-0.3, 1.3, 700)).astype(F))
    out += [F(x) for x in (0.0, -0.0, 1e-45, -1e-45, 1e-38, -3e38, 3e38, low - 1e6, high + 1e6)
            if case["mode"] != "torchrl" or abs(x) < 1e12]  # its integers overflow there
    return np.array(out, F)


def openvla(source, case, u):
    import tensorflow as tf

    stand_in("transformers", PreTrainedTokenizerBase=object)
    tokenizer = load(f"{source}/prismatic/vla/action_tokenizer.py")
    tree = ast.parse(pathlib.Path(f"{source}/prismatic/vla/datasets/rlds/utils/data_utils.py").read_text())
    wanted = [n for n in tree.body if getattr(n, "name", "") in ("NormalizationType", "normalize_action_and_proprio")]
    transforms = types.SimpleNamespace(selective_tree_map=lambda traj, match, map_fn: {
        k: map_fn(v) if match(k, v) else v for k, v in traj.items()})
    scope = dict(tf=tf, dl=types.SimpleNamespace(transforms=transforms))
    exec("from enum import Enum\nfrom typing import Dict\n" + ast.unparse(ast.Module(wanted, [])), scope)
    spread = 0.0 if case["constant"] else 1.0
    statistics = {"q01": np.array([case["low"]]), "q99": np.array([case["high"]]), "min": np.array([case["low"]]),
                  "max": np.array([case["low"] + spread]), "mask": np.array([case["normalised"]])}
    traj = scope["normalize_action_and_proprio"]({"action": tf.constant(u[:, None])},
                                                 {"action": statistics, "proprio": statistics},
                                                 scope["NormalizationType"].BOUNDS_Q99)
    vocab = 32000
    text = types.SimpleNamespace(vocab_size=vocab, decode=np.array, batch_decode=np.array)
    original = tokenizer.ActionTokenizer(text, bins=case["bins"])
    ids = original(traj["action"].numpy())[:, 0]
    normalised = original.decode_token_ids_to_actions(vocab - 1 - np.arange(case["bins"]))
    decoded = np.where(statistics["mask"], 0.5 * (normalised + 1) * (statistics["q99"] - statistics["q01"])
                       + statistics["q01"], normalised)  # modeling_prismatic.py, predict_action
    return vocab - 1 - ids, decoded


def rt1(source, case, u):
    import tensorflow as tf

    stand_in("tensor2robot.utils.tensorspec_utils", TensorSpecStruct=dict)
    module = load(f"{source}/tokenizers/action_tokenizer.py")
    spec = types.SimpleNamespace(shape=(1,), dtype=tf.float32, minimum=np.array([case["low"]], F),
                                 maximum=np.array([case["high"]], F))
    original = module.RT1ActionTokenizer({"a": spec}, case["bins"])
    tokens = original.tokenize({"a": tf.constant(u[:, None])}).numpy()[:, 0]
    decoded = original.detokenize(tf.range(case["bins"])[:, None])["a"].numpy()[:, 0]
    return tokens, decoded


def octo(source, case, u):
    stand_in("octo.model.components.base", TokenGroup=object)
    stand_in("octo.model.components.transformer", MAPHead=object)
    stand_in("octo.utils.spec", ModuleSpec=object)
    module = load(f"{source}/octo/model/components/tokenizers.py")
    original = module.BinTokenizer(n_bins=case["bins"], bin_type="uniform", low=case["low"], high=case["high"])
    tokens = np.asarray(original.apply({}, u))
    decoded = np.asarray(original.apply({}, np.arange(case["bins"]), method=original.decode))
    return tokens, decoded


def torchrl(source, case, u):
    import torch

    module = load(f"{source}/torchrl/data/vla/tokenizers.py")
    original = module.UniformActionTokenizer(case["bins"], low=case["low"], high=case["high"])
    return original.encode(torch.from_numpy(u)).numpy(), original.decode(torch.arange(case["bins"])).numpy()


def torchrl_tail(source, case, u):
    import torch

    module = load(f"{source}/torchrl/data/vla/tokenizers.py")
    original = module.VocabTailActionTokenizer(
        case["bins"], full_vocab_size=32000, norm_low=torch.tensor([case["low"]], dtype=torch.float64),
        norm_high=torch.tensor([case["high"]], dtype=torch.float64), norm_mask=torch.tensor([case["normalised"]]))
    ids = original.encode(torch.from_numpy(u[:, None])).numpy()[:, 0]
    decoded = original.decode(31999 - torch.arange(case["bins"])[:, None]).numpy()[:, 0]
    return 31999 - ids, decoded


def openpi(_, case, u):
    q01, q99, n = np.array(case["low"]), np.array(case["high"]), case["bins"]
    x = (u - q01) / (q99 - q01 + 1e-6) * 2.0 - 1.0
    tokens = np.digitize(x, bins=np.linspace(-1, 1, n + 1)[:-1]) - 1
    decoded = ((np.arange(n) / n * 2 - 1) + 1.0) / 2.0 * (q99 - q01 + 1e-6) + q01
    return np.maximum(tokens, 0), decoded  # −1 below the range, there


def case(mode, low, high, bins=256, normalised=True, constant=False):
    return dict(mode=mode, low=low, high=high, bins=bins, normalised=normalised, constant=constant)


def cases(mode):
    out = [case(mode, *r) for r in ((-1.0, 1.0), (-0.4, 0.4), (-0.37, 1.91), (-0.0123, 0.017, 256), (0.0, 1.0, 64))]
    if mode in ("openvla", "torchrl_tail"):
        out.append(case(mode, -0.4, 0.4, normalised=False))
        out.append(case(mode, 0.25, 0.25))  # quantiles agree, the data do not
    if mode == "openvla":
        out.append(case(mode, 0.25, 0.25, constant=True))
    if mode != "octo":  # whose edges depend on the compiler where the number of bins is no power of two
        out.append(case(mode, 0.1, 0.3, 100))
    return out


def versions(mode, source):
    modules = {"openvla": ["tensorflow", "numpy"], "rt1": ["tensorflow"], "octo": ["jax", "flax"], "openpi": ["numpy"]}
    found = [f"{name} {importlib.import_module(name).__version__}" for name in modules.get(mode, ["torch"])]
    wheels = [path.name[:-len(".dist-info")] for path in pathlib.Path(source).glob("torchrl-*.dist-info")]
    return ", ".join(found + wheels)


def main():
    mode = sys.argv[1]
    source = sys.argv[2] if len(sys.argv) > 2 else "."
    count = 0
    lines = []
    for i, each in enumerate(cases(mode)):
        u = actions(each, i)
        tokens, decoded = globals()[mode](source, each, u)
        lines.append(f"case {each['bins']} {each['low']!r} {each['high']!r} {int(each['normalised'])} "
                     f"{int(each['constant'])} {len(u)}")
        wide = decoded.dtype == np.float64
        words = [f"{x:0{16 if wide else 8}x}" for x in decoded.view(np.uint64 if wide else np.uint32)]
        words += [f"{b:08x} {t:x}" for b, t in zip(u.view(np.uint32), tokens)]
        lines += [" ".join(words[j: j + 9]) for j in range(0, len(words), 9)]
        count += len(u)
    print(f"# {count} actions and their tokens by {mode}: tools/oracles/compatible_bins.py, {versions(mode, source)}")
    print("# case bins low high normalised constant actions; bits of each token's number; bits of a float32, its token")
    print("\n".join(lines))


main()
