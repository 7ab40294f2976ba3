#!/usr/bin/env python3
"""Model-based augmentation beside its rivals, in closed loop: the table of docs/augmentation.md.

    examples/augmentation/table.py OUT [--tasks pendulum,lane_keeping] [--gymnasium DIR] [--full]

For each task, number of demonstrations n and number of bins K one policy and one transition model are learned from the
same demonstrations and played under the same noise:

    feedback          sees the state at every step
    chunked           a policy of chunks as long as the plant's measured stability says (see predicted_chunk)
    noise-injected    feedback, half of whose demonstrations were executed with noise and kept their clean labels
    re-anchored m     acts on the model's state, which is set to the real one every m steps
    augmented         the same, never: Algorithm 1
    longer            feedback, fine-tuned for a third of the steps on the same demonstrations: the control of the next two
    model-relabelled  the same on the demonstrations and their labels on model-rolled states (`augment --by model`)
    closest           the same on the demonstrations and rollouts kept near them (`augment --by closest`)

Hopper needs --gymnasium, a folder with assets/ (MJCF of Gymnasium's tasks) and experts/Hopper.hdf5. Everything made is
kept in OUT and not made again; --jobs trainings run at once, each with one thread. Prints Markdown: mean regret a step,
± half of the 95 % interval over rollouts, the best of a row in bold, with * where its interval leaves all others out.
"""

import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIANOLA = os.environ.get("PIANOLA", str(ROOT / "build/release/bin/pianola"))

# Task: system, horizon played, noise of the perturbed half.
TASKS = {
    "pendulum": ("pendulum", 200, 0.5),
    "lane_keeping": ("lane_keeping", 200, 0.05),
    "quadrotor": ("quadrotor", 200, 0.3),
    "hopper": ("gymnasium:Hopper-v4", 300, 0.3),
}
RESYNC = [2, 5, 20]
TUNED = {"longer": None, "model-relabelled": "model:steps=4,next=mode", "closest": "closest:k=8"}
SMALL = {"n": [5, 20], "bins": [9, 33], "steps": 600, "rollouts": 30}
FULL = {"n": [2, 5, 20, 50], "bins": [5, 9, 17, 33, 256], "steps": 1500, "rollouts": 50}


def pianola(*words, threads=1):
    """Runs a verb with --json and returns its object; its own message is the error."""
    command = [PIANOLA, *map(str, words), "--json", "--quiet", "--threads", str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def cached(path, make):
    """What `make` returned, kept in a file."""
    if path.exists():
        return json.loads(path.read_text())
    result = make()
    path.with_suffix(".tmp").write_text(json.dumps(result))
    path.with_suffix(".tmp").rename(path)
    return result


class Task:
    def __init__(self, name, out, gymnasium, budget):
        self.name, self.budget = name, budget
        self.system, self.horizon, self.sigma = TASKS[name]
        self.folder = out / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.plant = ["--system", self.system]
        if name == "hopper":
            self.plant += ["--assets", gymnasium / "assets", "--expert", f"mlp:{gymnasium}/experts/Hopper.hdf5"]

    def demonstrations(self, n, noisy):
        path = self.folder / f"{'noisy' if noisy else 'clean'}{n}.npz"
        if not path.exists():
            perturb = ["--perturb", f"sigma={self.sigma},clean=0.5"] if noisy else []
            pianola("collect", *self.plant, "--horizon", self.horizon, "--trajectories", n, "--seed", n, *perturb,
                    "-o", path)
        return path

    def predicted_chunk(self):
        """ℓ* of the audit's measured stability (Zhang et al., arXiv:2507.09061), at least 2 and at most 16; without
        exponential stability there is no such number, and 4 is taken."""

        def audit():
            found = pianola("audit", *self.plant, "--quantizer", "uniform:bins=33,representatives=ends", "--horizon",
                            min(self.horizon, 100), "--rollouts", 20, "--perturbations", 60)["stability"]
            predicted = found.get("chunk_length")
            return {"predicted": predicted, "chunk": min(16, max(2, math.ceil(predicted))) if predicted else 4}

        return cached(self.folder / "stability.json", audit)

    def learn(self, n, bins, kind):
        """The run folder of one policy (and model)."""
        run = self.folder / f"n{n}k{bins}{kind}"
        if (run / "policy.safetensors").exists() and (kind != "policy" or (run / "model.safetensors").exists()):
            return run
        subprocess.run(["rm", "-rf", run], check=True)
        chunk = self.predicted_chunk()["chunk"] if kind == "chunks" else 1
        model = ["--with-model=mixture:components=2,hidden=128x2"] if kind == "policy" else []
        pianola("train", self.demonstrations(n, kind == "noise"), "--quantizer",
                f"uniform:bins={bins},representatives=ends", "--policy", "mlp:hidden=128x2", "--chunk", chunk, "--steps",
                self.budget["steps"], "--validation", 0 if n == 2 else 0.1, "--candidates", 1, *model, "-o", run)
        return run

    def tune(self, n, bins, name):
        """The run folder of the policy, fine-tuned on its demonstrations and what they are augmented by."""
        run, start = self.folder / f"n{n}k{bins}{name}", self.learn(n, bins, "policy")
        if (run / "policy.safetensors").exists():
            return run
        subprocess.run(["rm", "-rf", run], check=True)
        data = self.demonstrations(n, False)
        if TUNED[name]:
            more = self.folder / f"n{n}k{bins}{name}.npz"
            pianola("augment", data, "--run", start, *self.plant, "--by", TUNED[name], "--force", "-o", more)
            data = more
        pianola("train", data, "--start-from", start, "--policy", "mlp:hidden=128x2", "--steps",
                self.budget["steps"] // 3, "--validation", 0 if n == 2 else 0.1, "--candidates", 1, "-o", run)
        return run

    def play(self, run, controllers):
        specs = [word for controller in controllers for word in ("--controller", controller)]
        found = pianola("evaluate", *self.plant, "--run", run, "--horizon", self.horizon, "--rollouts",
                        self.budget["rollouts"], *specs)
        return [row["regret_per_step"] | {"auxiliary": row.get("auxiliary")} for row in found["controllers"]]

    def cell(self, n, bins):
        """Regret a step of every column."""

        def make():
            own = self.learn(n, bins, "policy")
            augmented = [f"augmented:resync_every={m},next=mode" for m in RESYNC] + ["augmented:next=mode"]
            rows = self.play(own, ["feedback", *augmented])
            names = ["feedback", *[f"m = {m}" for m in RESYNC], "m = ∞"]
            columns = dict(zip(names, rows))
            columns["chunked"] = self.play(self.learn(n, bins, "chunks"), ["chunked"])[0]
            columns["noise-injected"] = self.play(self.learn(n, bins, "noise"), ["feedback"])[0]
            for name in TUNED:
                columns[name] = self.play(self.tune(n, bins, name), ["feedback"])[0]
            return columns

        return cached(self.folder / f"n{n}k{bins}.json", make)


AUGMENTED = [*[f"m = {m}" for m in RESYNC], "m = ∞"]
COLUMNS = ["feedback", "chunked", "noise-injected", *AUGMENTED, *TUNED]


def shown(estimate, best, alone):
    half = (estimate["high"] - estimate["low"]) / 2 if estimate["low"] is not None else float("nan")
    text = f"{estimate['value']:.3f} ± {half:.3f}"
    return f"**{text}**{'*' if alone else ''}" if best else text


def print_table(task, cells):
    stability = task.predicted_chunk()
    predicted = f"predicted {stability['predicted']}" if stability["predicted"] else "none is predicted"
    print(f"\n### {task.name}\n\nchunks of {stability['chunk']} ({predicted})\n")
    print("| n | K | " + " | ".join(COLUMNS) + " |\n|" + "---|" * (2 + len(COLUMNS)))
    for (n, bins), columns in cells.items():
        values = {name: columns[name] for name in COLUMNS}
        best = min(values, key=lambda name: values[name]["value"])
        alone = all(values[best]["high"] < other["low"] for name, other in values.items() if name != best)
        print(f"| {n} | {bins} | " + " | ".join(shown(values[c], c == best, c == best and alone) for c in COLUMNS) + " |")


def print_summary(everything):
    """How often each column is best, and where re-anchoring beats both chunks and noise for sure."""
    wins, both = dict.fromkeys(COLUMNS, 0), []
    for task, cells in everything.items():
        for (n, bins), columns in cells.items():
            wins[min(COLUMNS, key=lambda name: columns[name]["value"])] += 1
            rivals = min(columns["chunked"]["low"], columns["noise-injected"]["low"])
            for name in AUGMENTED:
                if columns[name]["high"] < rivals:
                    both.append(f"{task} n = {n}, K = {bins}, {name}")
    print("\nBest (lowest mean) in cells: " + ", ".join(f"{name} {count}" for name, count in wins.items()) + ".")
    print("Re-anchored or augmented below both chunks and noise, intervals apart: " +
          ("; ".join(both) if both else "nowhere") + ".")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--tasks", default="pendulum,lane_keeping,quadrotor")
    parser.add_argument("--gymnasium", type=pathlib.Path, help="folder with assets/ and experts/Hopper.hdf5")
    parser.add_argument("--full", action="store_true", help="n up to 50, K up to 256, longer trainings")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    names = [name for name in options.tasks.split(",") if name]
    unknown = [name for name in names if name not in TASKS]
    if unknown:
        sys.exit(f"no task named '{unknown[0]}'; known: {', '.join(TASKS)}")
    if "hopper" in names and options.gymnasium is None:
        sys.exit("hopper needs --gymnasium DIR with assets/ and experts/Hopper.hdf5")
    budget = FULL if options.full else SMALL
    gymnasium = options.gymnasium.resolve() if options.gymnasium else None
    tasks = {name: Task(name, options.out.resolve(), gymnasium, budget) for name in names}
    for task in tasks.values():  # shared by the jobs
        task.predicted_chunk()
        for n in budget["n"]:
            task.demonstrations(n, False), task.demonstrations(n, True)
    grid = [(name, n, bins) for name in names for n in budget["n"] for bins in budget["bins"]]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        cells = list(pool.map(lambda place: tasks[place[0]].cell(place[1], place[2]), grid))
    everything = {name: {place[1:]: cell for place, cell in zip(grid, cells) if place[0] == name} for name in names}
    for name, task_cells in everything.items():
        print_table(tasks[name], task_cells)
    print_summary(everything)


if __name__ == "__main__":
    main()
