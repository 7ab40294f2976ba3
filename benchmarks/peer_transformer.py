"""bench_transformer.cpp beside PyTorch (eager and compiled, both with a KV cache) and ONNX Runtime, weights shared.

Run as `.deps/bin/python benchmarks/peer_transformer.py [BENCH]`; BENCH: the program bench_transformer of preset release.
PYTHONPATH may hold onnxruntime and onnx; without them that row is missing. One thread. All take turns in the same run,
and the best turn of each counts (processor time), so that a busy machine slows all alike. Every one decides the most
likely tokens from the same observation, and must decide the same.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F

OBSERVATION, POSITIONS, VOCABULARY, WIDTH, LAYERS, HEADS = 11, 7, 256, 128, 4, 4
ROUNDS = 2


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x, cache, place):
        b = x.shape[0]
        q, k, v = self.qkv(x).view(b, 1, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        keys, values = cache
        keys[:, :, place:place + 1], values[:, :, place:place + 1] = k, v
        y = F.scaled_dot_product_attention(q, keys[:, :, :place + 1], values[:, :, :place + 1])
        return self.out(y.transpose(1, 2).reshape(b, 1, WIDTH))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2, self.attention = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH), Attention()
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, cache, place):
        x = x + self.attention(self.n1(x), cache, place)
        return x + self.down(F.gelu(self.up(self.n2(x))))


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.observation, self.token = nn.Linear(OBSERVATION, WIDTH), nn.Embedding(VOCABULARY, WIDTH)
        self.position = nn.Parameter(torch.randn(POSITIONS, WIDTH) * 0.02)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY)

    @torch.no_grad()
    def act(self, observation, caches):
        x, tokens = self.observation(observation)[:, None] + self.position[:1], []
        for place in range(POSITIONS):
            for block, cache in zip(self.blocks, caches):
                x = block(x, cache, place)
            tokens.append(self.head(self.norm(x[:, -1])).argmax(-1))
            if place + 1 < POSITIONS:
                x = self.token(tokens[-1])[:, None] + self.position[place + 1:place + 2]
        return torch.stack(tokens, 1)


class Step(nn.Module):
    """One token, with the cache as inputs and outputs, as exporters write it."""

    def __init__(self, policy):
        super().__init__()
        self.policy = policy

    def forward(self, x, keys, values):  # x [1, 1, width]; keys, values [layers, 1, heads, places, head width]
        new_keys, new_values = [], []
        for i, block in enumerate(self.policy.blocks):
            q, k, v = block.attention.qkv(block.n1(x)).view(1, 1, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
            k, v = torch.cat([keys[i], k], 2), torch.cat([values[i], v], 2)
            new_keys.append(k)
            new_values.append(v)
            w = torch.softmax(q @ k.transpose(-1, -2) * (WIDTH // HEADS) ** -0.5, -1)
            x = x + block.attention.out((w @ v).transpose(1, 2).reshape(1, 1, WIDTH))
            x = x + block.down(F.gelu(block.up(block.n2(x))))
        return self.policy.head(self.policy.norm(x)), torch.stack(new_keys), torch.stack(new_values)


def our_tensors(policy):
    named = {"observation_mean": torch.zeros(OBSERVATION), "observation_inverse_std": torch.ones(OBSERVATION),
             "token.weight": policy.token.weight, "position.weight": policy.position}
    layers = {"observation": policy.observation, "norm": policy.norm, "head": policy.head}
    for i, block in enumerate(policy.blocks):
        layers |= {f"blocks.{i}.attention_norm": block.n1, f"blocks.{i}.attention": block.attention.qkv,
                   f"blocks.{i}.projection": block.attention.out, f"blocks.{i}.mlp_norm": block.n2,
                   f"blocks.{i}.up": block.up, f"blocks.{i}.down": block.down}
    for name, layer in layers.items():
        named[name + ".weight"], named[name + ".bias"] = layer.weight, layer.bias
    return {name: value.detach().numpy() for name, value in named.items()}


def write_safetensors(path, tensors):
    metadata = {"architecture": "transformer", "input": "observations", "history": "1", "heads": str(HEADS),
                "vocabularies": ",".join([str(VOCABULARY)] * POSITIONS)}
    header, at = {"__metadata__": metadata}, 0
    for name in sorted(tensors):
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [at, at + tensors[name].nbytes]}
        at += tensors[name].nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    body = b"".join(tensors[name].tobytes() for name in sorted(tensors))
    pathlib.Path(path).write_bytes(len(text).to_bytes(8, "little") + text + body)


def caches(batch):
    shape = (batch, HEADS, POSITIONS, WIDTH // HEADS)
    return [(torch.zeros(shape), torch.zeros(shape)) for _ in range(LAYERS)]


def onnx_act(policy, observation, folder):
    import onnxruntime
    path = os.path.join(folder, "step.onnx")
    x, cache = torch.zeros(1, 1, WIDTH), torch.zeros(LAYERS, 1, HEADS, 1, WIDTH // HEADS)
    torch.onnx.export(Step(policy).eval(), (x, cache, cache), path, dynamo=False, input_names=["x", "k", "v"],
                      output_names=["logits", "k2", "v2"], dynamic_axes={n: {3: "t"} for n in ("k", "v", "k2", "v2")})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    token, position = policy.token.weight.detach().numpy(), policy.position.detach().numpy()
    first = policy.observation(observation).detach().numpy()[:, None] + position[:1]
    empty = cache[:, :, :, :0].numpy()

    def act():
        x, keys, values, tokens = first, empty, empty, []
        for place in range(POSITIONS):
            logits, keys, values = session.run(None, {"x": x, "k": keys, "v": values})
            tokens.append(int(logits[0, 0].argmax()))
            if place + 1 < POSITIONS:
                x = (token[tokens[-1]] + position[place + 1])[None, None]
        return torch.tensor([tokens])

    return act


def seconds(call, calls):
    start = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - start) / calls


def ours(bench, weights, names):
    command = [bench, f"--benchmark_filter=^({'|'.join(names)})/", "--benchmark_format=json", "--benchmark_min_time=0.2"]
    environment = dict(os.environ, PIANOLA_WEIGHTS=weights)
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return {row["name"]: row for row in json.loads(out)["benchmarks"]}


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    bench = sys.argv[1] if len(sys.argv) > 1 else str(root / "build/release/bin/bench_transformer")
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    policy = Policy().eval()
    one = torch.tensor([[0.1 * i - 0.5 for i in range(OBSERVATION)]])
    many, c1, c64 = torch.randn(64, OBSERVATION), caches(1), caches(64)
    compiled = torch.compile(policy.act, fullgraph=True)
    peers = {"eager, batch 1": (lambda: policy.act(one, c1), 50), "compiled, batch 1": (lambda: compiled(one, c1), 100),
             "eager, batch 64": (lambda: policy.act(many, c64), 10), "compiled, batch 64": (lambda: compiled(many, c64), 10)}
    with tempfile.TemporaryDirectory() as folder:
        weights = os.path.join(folder, "policy.safetensors")
        write_safetensors(weights, our_tensors(policy))
        try:
            peers["ONNX Runtime, batch 1"] = (onnx_act(policy, one, folder), 100)
        except ImportError as missing:
            print(f"no ONNX Runtime: {missing}")
        wanted = int(policy.act(one, c1).sum())
        for name, (call, _) in list(peers.items()):
            try:
                got = call()
            except Exception as error:  # a compiler that is missing
                print(f"{name} failed: {str(error)[:200]}")
                del peers[name]
                continue
            if "batch 1" in name.replace("64", "") and got.numel() == POSITIONS and int(got.sum()) != wanted:
                print(f"{name} decides other tokens")
        best, rows = {}, {}
        for _ in range(ROUNDS):
            for name, (call, calls) in peers.items():
                best[name] = min(best.get(name, 1e9), seconds(call, calls))
            for name, row in ours(bench, weights, ["act", "batch"]).items():
                if name not in rows or row["cpu_time"] < rows[name]["cpu_time"]:
                    rows[name] = row
    for name, value in best.items():
        print(f"{name:28s} {value * 1e3:9.3f} ms")
    for name, row in rows.items():
        shown = {key: round(row[key], 4) for key in ("of_limit", "limit_us", "read_GB/s", "of_peak", "peak_GFLOP/s") if key in row}
        print(f"{name:28s} {row['cpu_time'] * 1e-3:9.3f} ms  {shown}")
    fastest = min(value for name, value in best.items() if name.endswith("batch 1"))
    fastest_64 = min(value for name, value in best.items() if name.endswith("batch 64"))
    kinds = ("fp32", "bf16", "int8")
    for i, kind in enumerate(kinds):
        print(f"{kind}: {fastest / (rows[f'act/weights:{i}']['cpu_time'] * 1e-6):.2f} × the fastest peer at batch 1, "
              f"{fastest_64 / (rows[f'batch/weights:{i}']['cpu_time'] * 1e-6):.2f} × at batch 64")
    if rows["act/weights:0"]["tokens"] != wanted:
        print(f"float32 decides other tokens than PyTorch: {rows['act/weights:0']['tokens']}, {wanted}")


if __name__ == "__main__":
    main()
