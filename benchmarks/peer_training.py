"""The training step of bench_training.cpp as a user writes it in PyTorch eager, without and with what else is in it.

Run as `.deps/bin/python benchmarks/peer_training.py [THREADS] [BENCH]`. If BENCH (default: the program bench_training of
preset release) is there, both are timed in turns and the ratio of the fastest steps is printed, so that a busy machine
slows both alike.
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


def make_step(whole=False, **options):
    """A step; `whole`: with clipped gradients and averaged weights, as Pianola's step has them."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(OBSERVATION, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(),
                        nn.Linear(256, POSITIONS * VOCABULARY))
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
        logits = net(inputs[rows]).view(-1, VOCABULARY)
        F.cross_entropy(logits, tokens[rows].flatten()).backward()
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


def ours_ms(program, threads):
    done = subprocess.run([program, f"--benchmark_filter=threads:{threads}/", "--benchmark_format=json"],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["benchmarks"][0]["ms"]


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    program = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "build/release/bin/bench_training")
    program = str(program) if program.exists() else None
    torch.set_num_threads(threads)
    steps = {"eager": make_step(), "eager foreach": make_step(foreach=True), "eager fused": make_step(fused=True),
             "eager foreach, clipped and averaged": make_step(True, foreach=True)}
    best = dict.fromkeys(steps, float("inf"))
    ours = float("inf")
    for _ in range(ROUNDS):
        for name, step in steps.items():
            best[name] = min(best[name], fastest_ms(step))
        if program:
            ours = min(ours, ours_ms(program, threads))
    for name, value in best.items():
        ratio = f", pianola/peer {ours / value:.2f}" if program else ""
        print(f"torch {torch.__version__}, {threads} threads, {name}: {value:.2f} ms a step{ratio}")
    if program:
        print(f"pianola, {threads} threads: {ours:.2f} ms a step")


if __name__ == "__main__":
    main()
