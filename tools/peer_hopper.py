"""Behavior cloning on action tokens as a PyTorch user writes it, to stand beside `pianola train` on the same data.

    python tools/peer_hopper.py DATA.hdf5 RUN OUT [--steps N] [--validation F] [--seed K] [--threads K]

RUN is a run that `pianola train` made from DATA with `--quantizer uniform:bins=K,representatives=ends,low=…` on the range
[-1, 1]: its quantizer and its observation statistics are used, nothing else. OUT becomes a run folder with the weights
learned here (EMA; OUT-raw: without averaging), so that `pianola evaluate --run OUT` plays them under the same noise.
Same architecture and recipe: MLP 256-256 (ReLU), one categorical head a dimension, AdamW, 5 % warm-up then cosine,
gradients clipped at 1, batch 256; the last --validation of the trajectories is left out. Needs torch, numpy, h5py, xxhash.
"""

import argparse
import json
import math
import pathlib
import shutil
import struct
import time

import h5py
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import xxhash


def read_safetensors(path):
    """Tensors (float32) and metadata of a file."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    body = data[8 + length:]
    tensors = {name: np.frombuffer(body[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
               for name, entry in header.items()}
    return tensors, metadata


def fingerprint(tensors, metadata):
    """What `pianola train` seals a policy with (policies/sealed_file.cpp)."""
    digest = xxhash.xxh3_128_hexdigest
    parts = "pianola tensors 1;"
    for key in sorted(metadata):
        if key != "fingerprint":
            parts += f"{digest(key.encode())};{digest(metadata[key].encode())};"
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name], np.float32)
        parts += f"{digest(name.encode())};F32;{','.join(map(str, array.shape))};{digest(array.tobytes())};"
    return digest(parts.encode())


def write_safetensors(path, tensors, metadata):
    metadata = {**metadata, "fingerprint": fingerprint(tensors, metadata)}
    header, body = {"__metadata__": metadata}, b""
    for name, array in tensors.items():
        blob = np.ascontiguousarray(array, np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(body), len(body) + len(blob)]}
        body += blob
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


def observations_of(demo):
    """The observation matrix: a data set, or a group whose members stand side by side."""
    obs = demo["obs"]
    return obs[:] if isinstance(obs, h5py.Dataset) else np.concatenate([obs[name][:] for name in sorted(obs)], axis=1)


def read_demonstrations(path, held_out):
    with h5py.File(path) as file:
        demos = sorted(file["data"], key=lambda name: int(name.split("_")[1]))
        demos = demos[:max(1, len(demos) - round(held_out * len(demos)))]
        return (np.concatenate([observations_of(file["data"][d]) for d in demos]),
                np.concatenate([file["data"][d]["actions"][:] for d in demos]))


def rate_at(step, steps, peak=1e-3, warmup=0.05):
    warm = round(warmup * steps)
    if step < warm:
        return peak * (step + 1) / warm
    return 0.5 * peak * (1 + math.cos(math.pi * (step - warm) / max(1, steps - 1 - warm)))


def train(observations, tokens, vocabulary, steps, batch=256, decay=0.999):
    positions = tokens.shape[1]
    net = nn.Sequential(nn.Linear(observations.shape[1], 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(),
                        nn.Linear(256, positions * vocabulary))
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-2)
    average = [p.detach().clone() for p in net.parameters()]
    order = torch.empty(0, dtype=torch.long)
    for step in range(steps):
        if len(order) < batch:
            order = torch.cat([order, torch.randperm(len(observations))])
        rows, order = order[:batch], order[batch:]
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, steps)
        logits = net(observations[rows]).view(-1, vocabulary)
        loss = positions * F.cross_entropy(logits, tokens[rows].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            for mean, p in zip(average, net.parameters()):
                mean.lerp_(p, 1 - min(decay, (1 + step) / (10 + step)))
        if (step + 1) % 1000 == 0:
            print(f"step {step + 1}: loss {loss.item():.4f} nats per action", flush=True)
    return net, average


def write_run(out, run, weights, template):
    tensors, metadata = template
    named = dict(zip([f"layers.{i}.{part}" for i in range(3) for part in ("weight", "bias")], weights))
    pathlib.Path(out).mkdir(parents=True, exist_ok=True)
    shutil.copy(pathlib.Path(run) / "quantizer.json", pathlib.Path(out) / "quantizer.json")
    kept = {name: tensors[name] for name in ("observation_mean", "observation_inverse_std")}
    write_safetensors(pathlib.Path(out) / "policy.safetensors", {**kept, **{n: w.numpy() for n, w in named.items()}},
                      {**metadata, "chosen": "peer_hopper.py"})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data")
    parser.add_argument("run")
    parser.add_argument("out")
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--validation", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    template = read_safetensors(pathlib.Path(arguments.run) / "policy.safetensors")
    vocabulary = int(template[1]["vocabularies"].split(",")[0])
    observations, actions = read_demonstrations(arguments.data, arguments.validation)
    normal = (observations.astype(np.float32) - template[0]["observation_mean"]) * template[0]["observation_inverse_std"]
    levels = np.clip(np.floor((actions + 1) * (vocabulary - 1) / 2 + 0.5), 0, vocabulary - 1).astype(np.int64)
    start = time.perf_counter()
    net, average = train(torch.from_numpy(normal), torch.from_numpy(levels), vocabulary, arguments.steps)
    print(f"{arguments.steps} steps in {time.perf_counter() - start:.1f} s")
    write_run(arguments.out, arguments.run, average, template)
    write_run(arguments.out + "-raw", arguments.run, [p.detach() for p in net.parameters()], template)


if __name__ == "__main__":
    main()
