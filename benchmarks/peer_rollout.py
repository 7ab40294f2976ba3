"""Closed-loop Hopper and MLP inference as a user runs them in Gymnasium and PyTorch eager, in turns with ours.

Run as `PIANOLA_DATA=… .deps/bin/python benchmarks/peer_rollout.py`. Needs gymnasium[mujoco] and h5py beside .deps'
torch; without them it says so and ends. Best of the rounds on either side, wall time.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

BIN = pathlib.Path(__file__).resolve().parent.parent / "build/release/bin"
ROUNDS, STEPS, ENVIRONMENTS = 3, 3000, 8


def read_expert(path):
    import h5py
    import numpy as np
    import torch

    with h5py.File(path) as file:
        return {name: torch.tensor(np.asarray(file[name][:]).squeeze(), dtype=torch.float32) for name in file}


def make_policy(weights):
    import torch

    def policy(observation):
        x = (torch.as_tensor(observation, dtype=torch.float32) - weights["obs_mean"]) / weights["obs_std"]
        y = torch.tanh(x @ weights["W0"] + weights["b0"])
        return (torch.tanh(y @ weights["W1"] + weights["b1"]) @ weights["W2"] + weights["b2"]).numpy()

    return policy


def one_environment(policy):
    import gymnasium

    environment = gymnasium.make("Hopper-v4")
    observation, _ = environment.reset(seed=0)
    start = time.perf_counter()
    for _ in range(STEPS):
        observation, _, terminated, truncated, _ = environment.step(policy(observation))
        if terminated or truncated:
            observation, _ = environment.reset()
    return STEPS / (time.perf_counter() - start)


def vector_environment(policy):
    import gymnasium

    environments = gymnasium.vector.AsyncVectorEnv([lambda: gymnasium.make("Hopper-v4")] * ENVIRONMENTS)
    observation, _ = environments.reset(seed=0)
    steps = STEPS // 2
    start = time.perf_counter()
    for _ in range(steps):
        observation, *_ = environments.step(policy(observation))
    rate = ENVIRONMENTS * steps / (time.perf_counter() - start)
    environments.close()
    return rate


def eager_seconds():
    import torch
    from torch import nn

    net = nn.Sequential(nn.Linear(11, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 3))
    x, best = torch.randn(1, 11), float("inf")
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(500):
            net(x)
        best = min(best, (time.perf_counter() - start) / 500)
    return best


def ours(program, name, field):
    done = subprocess.run([str(BIN / program), f"--benchmark_filter={name}$", "--benchmark_format=json"],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["benchmarks"][0][field]


def main():
    try:
        import gymnasium  # noqa: F401
        import h5py  # noqa: F401
        import torch
    except ImportError as missing:
        sys.exit(f"peer_rollout.py is left out: {missing}")
    if "PIANOLA_DATA" not in os.environ:
        sys.exit("peer_rollout.py is left out: PIANOLA_DATA is not set")
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    policy = make_policy(read_expert(os.environ["PIANOLA_DATA"] + "/gymnasium/experts/Hopper.hdf5"))
    rates = {"gymnasium, 1 environment": 0.0, f"gymnasium, AsyncVectorEnv x{ENVIRONMENTS}": 0.0,
             "pianola, 1 thread": 0.0, "pianola, 2 threads": 0.0}
    measures = [lambda: one_environment(policy), lambda: vector_environment(policy),
                lambda: ours("bench_rollout", "rollout_hopper/threads:1/manual_time", "items_per_second"),
                lambda: ours("bench_rollout", "rollout_hopper/threads:2/manual_time", "items_per_second")]
    eager, inference = float("inf"), float("inf")
    for _ in range(ROUNDS):
        for name, measure in zip(rates, measures):
            rates[name] = max(rates[name], measure())
        eager = min(eager, eager_seconds())
        inference = min(inference, 1e-9 * ours("bench_mlp", "hopper_64_64/batch:1", "real_time"))
    peer = max(rate for name, rate in rates.items() if name.startswith("gymnasium"))
    for name, rate in rates.items():
        print(f"Hopper-v4 with a 64-64 MLP, {name}: {rate:,.0f} steps/s, {rate / peer:.2f} of the better peer")
    print(f"MLP 64-64, batch 1: PyTorch eager {1e6 * eager:.1f} us, pianola {1e6 * inference:.2f} us, "
          f"{eager / inference:.0f} times")


if __name__ == "__main__":
    main()
