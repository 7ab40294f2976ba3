#!/usr/bin/env python3
"""How far the auxiliary state drifts on recorded demonstrations, where no plant can be asked.

    examples/augmentation/drift.py DATASET OUT [--model linear --model mixture] [--bins 256] [--steps 2000]

Learns an MLP policy and each transition model from DATASET (a LeRobot folder, an HDF5 file, …) with a tenth of its
trajectories held out, and prints, for the held-out ones, the distance of x̃ from the recorded state by steps since it was
set, beside that of a state that is held, and the policy's log-loss of the recorded tokens on x̃, on the held and on the
real state: the last is what the policy in feedback has. Markdown; ± is half of the 95 % interval over trajectories. What
is trained is kept in OUT under a digest of its command, dataset included; data that changed in place need another OUT.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIANOLA = os.environ.get("PIANOLA", str(ROOT / "build/release/bin/pianola"))


def shown(estimate):
    if not estimate or estimate["value"] is None or not estimate["n"]:
        return "–"
    if estimate["low"] is None:
        return f"{estimate['value']:.3g}"
    return f"{estimate['value']:.3g} ± {(estimate['high'] - estimate['low']) / 2:.2g}"


def train(options, model):
    words = ["train", options.dataset.resolve(), "--quantizer", f"uniform:bins={options.bins}", "--policy",
             "mlp:hidden=128x2", "--steps", options.steps, "--candidates", 1, f"--with-model={model}"]
    words = list(map(str, words))
    digest = hashlib.sha256(json.dumps(words).encode()).hexdigest()[:12]
    run = options.out / f"{model.split(':')[0]}-{digest}"
    kept = options.out / f"{run.name}.json"
    if not kept.exists():
        subprocess.run(["rm", "-rf", run], check=True)
        done = subprocess.run([PIANOLA, *words, "-o", str(run), "--json", "--quiet"], capture_output=True, text=True,
                              check=False)
        if done.returncode:
            sys.exit(done.stderr)
        kept.with_suffix(".tmp").write_text(done.stdout)
        kept.with_suffix(".tmp").rename(kept)
    return json.loads(kept.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--model", action="append", help="repeatable; default: linear and mixture")
    parser.add_argument("--bins", type=int, default=256)
    parser.add_argument("--steps", type=int, default=2000)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for model in options.model or ["linear", "mixture:components=2,hidden=128x2"]:
        trained = train(options, model)
        report = trained["model"]
        print(f"\n### {report['spec']}\n\n{report['transitions']} transitions; log-likelihood "
              f"{shown(report['log_likelihood'])} nats a transition held out, {report['train_log_likelihood']:.3g} on the "
              f"training set; policy {trained['validation_nll']:.3g} nats an action held out\n")
        print("| steps | ‖x̃ − x‖ | held | loss on x̃ | on the held state | on the real one |\n|---|---|---|---|---|---|")
        for row in report["drift"]:
            print(f"| {row['step']} | " + " | ".join(shown(row[key]) for key in
                  ["model", "held", "loss_model", "loss_held", "loss_real"]) + " |")


if __name__ == "__main__":
    main()
