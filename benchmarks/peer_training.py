"""The training steps of bench_training.cpp as a user writes them in PyTorch, without and with what else is in them.

Run as `.deps/bin/python benchmarks/peer_training.py [THREADS] [BENCH] [mlp | transformer]`; without a policy both are
timed, one after the other. The transformer is timed eager, compiled (where a compiler is found) and under bf16 autocast.
If BENCH (default: the program bench_training of preset release) is there, both sides are timed in turns, so that a busy
machine slows both alike, and what is printed last is the ratio of the fastest steps to the best peer's and the fraction
of the limit.
"""

import json
import pathlib
import subprocess
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

SAMPLES, OBSERVATION, POSITIONS, VOCABULARY, BATCH = 20000, 11, 7, 256, 256
ROUNDS, REPETITIONS, STEPS = 5, 8, 10
WIDTH, LAYERS, HEADS = 128, 4, 4


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.attention, self.projection = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        n, places, _ = x.shape
        q, k, v = self.attention(self.norms[0](x)).view(n, places, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(n, places, WIDTH)
        x = x + self.projection(seen)
        return x + self.down(F.gelu(self.up(self.norms[1](x))))


class Transformer(nn.Module):
    """Preset tiny: one observation, then the tokens but the last."""

    def __init__(self):
        super().__init__()
        self.observation, self.token = nn.Linear(OBSERVATION, WIDTH), nn.Embedding(VOCABULARY, WIDTH)
        self.position = nn.Parameter(0.02 * torch.randn(POSITIONS, WIDTH))
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY)

    def forward(self, inputs, tokens):
        x = torch.cat([self.observation(inputs).unsqueeze(1), self.token(tokens[:, :-1])], 1) + self.position
        return self.head(self.norm(self.blocks(x)))


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(OBSERVATION, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(),
                                    nn.Linear(256, POSITIONS * VOCABULARY))

    def forward(self, inputs, tokens):
        return self.layers(inputs)


def make_step(network, whole=False, compiled=False, half=False, **options):
    """A step; `whole`: with clipped gradients and averaged weights, as Pianola's step has them."""
    torch.manual_seed(0)
    net = network()
    forward = torch.compile(net) if compiled else net
    inputs = torch.randn(SAMPLES, OBSERVATION)
    tokens = torch.randint(0, VOCABULARY, (SAMPLES, POSITIONS))
    optimizer = torch.optim.AdamW(net.parameters(), 3e-4, **options)
    order = torch.randperm(SAMPLES).split(BATCH)
    parameters = list(net.parameters())
    average = [p.detach().clone() for p in parameters]
    count = 0

    def step():
        nonlocal count
        rows = order[count % (len(order) - 1)]
        count += 1
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            logits = forward(inputs[rows], tokens[rows]).view(-1, VOCABULARY)
            loss = F.cross_entropy(logits, tokens[rows].flatten())
        loss.backward()
        if whole:
            nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if whole:
            with torch.no_grad():
                torch._foreach_lerp_(average, parameters, 0.001)

    return step


def fastest_ms(step):
    best = float("inf")
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        for _ in range(STEPS):
            step()
        best = min(best, (time.perf_counter() - start) / STEPS)
    return 1e3 * best


def ours(program, threads, policy):
    done = subprocess.run([program, f"--benchmark_filter=/{policy}/threads:{threads}/", "--benchmark_format=json"],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["benchmarks"][0]


def peers(policy):
    if policy == "mlp":
        return {"eager": make_step(Mlp), "eager foreach": make_step(Mlp, foreach=True),
                "eager fused": make_step(Mlp, fused=True),
                "eager foreach, clipped and averaged": make_step(Mlp, True, foreach=True)}
    steps = {"eager fused": make_step(Transformer, fused=True), "bf16 autocast": make_step(Transformer, half=True, fused=True),
             "eager fused, clipped and averaged": make_step(Transformer, True, fused=True)}
    try:
        step = make_step(Transformer, compiled=True, fused=True)
        step()
        steps["compiled"] = step
    except Exception as error:  # no compiler
        print(f"torch.compile: {str(error).splitlines()[0]}")
    return steps


def compare(policy, threads, program):
    steps = peers(policy)
    best = dict.fromkeys(steps, float("inf"))
    mine = {"ms": float("inf")}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            best[name] = min(best[name], fastest_ms(step))
        if program:
            mine = min(mine, ours(program, threads, policy), key=lambda row: row["ms"])
    for name, value in best.items():
        ratio = f", pianola/peer {mine['ms'] / value:.2f}" if program else ""
        print(f"torch {torch.__version__}, {threads} threads, {policy}, {name}: {value:.2f} ms a step{ratio}")
    if program:
        fastest = min(best, key=best.get)
        print(f"pianola, {threads} threads, {policy}: {mine['ms']:.2f} ms a step, "
              f"{best[fastest] / mine['ms']:.2f} x the samples/s of the best peer ({fastest}), "
              f"{mine['gflop_per_second']:.0f} GFLOP/s, {mine['fma_fraction']:.2f} of the limit", flush=True)


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    program = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "build/release/bin/bench_training")
    program = str(program) if program.exists() else None
    torch.set_num_threads(threads)
    for policy in sys.argv[3:] or ("mlp", "transformer"):
        compare(policy, threads, program)


if __name__ == "__main__":
    main()
