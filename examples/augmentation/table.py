#!/usr/bin/env python3
"""Model-based augmentation beside its rivals, in closed loop: the table of docs/augmentation.md.

    examples/augmentation/table.py OUT [--tasks pendulum,lane_keeping] [--gymnasium DIR] [--draws D] [--full]

For each task, number of demonstrations n and number of bins K one policy and one transition model are learned from the
same demonstrations and played under the same noise:

    feedback          sees the state at every step
    chunked           a policy of chunks as long as the plant's measured stability says (see predicted_chunk)
    noise-injected    feedback, half of whose demonstrations were executed with noise and kept their clean labels
    re-anchored m     acts on the model's state, which is set to the real one every m steps
    augmented         the same, never: Algorithm 1
    longer            feedback, fine-tuned a third of the steps more on its demonstrations: the control of the next two
    model-relabelled  the same on the demonstrations and their labels on model-rolled states (`augment --by model`)
    closest           the same on the demonstrations and rollouts kept near them (`augment --by closest`)

All of this is repeated for several draws: other demonstrations (the seed of `collect`), another training and other
rollouts. Methods of one draw share demonstrations, training seed and rollout noise, so that they are compared by paired
differences over draws: an interval over rollouts alone says nothing about the next set of demonstrations.

Hopper needs --gymnasium, a folder with assets/ (MJCF of Gymnasium's tasks) and experts/Hopper.hdf5. What is made is
kept in OUT under a digest of the command that made it, those before it included, and is not made again; another build
of the program needs another OUT. --jobs trainings run at once, each with one thread. Prints Markdown: mean regret a
step over draws, ± half of the 95 % interval over draws (Student's t); the least mean of a row in bold, with *
where the 95 % intervals of its paired differences to all others lie below 0.
"""

import argparse
import concurrent.futures
import hashlib
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIANOLA = pathlib.Path(os.environ.get("PIANOLA", ROOT / "build/release/bin/pianola")).absolute()

# Task: system, horizon played, noise of the perturbed half.
TASKS = {
    "pendulum": ("pendulum", 200, 0.5),
    "lane_keeping": ("lane_keeping", 200, 0.05),
    "quadrotor": ("quadrotor", 200, 0.3),
    "hopper": ("gymnasium:Hopper-v4", 300, 0.3),
}
RESYNC = [2, 5, 20]
TUNED = {"longer": None, "model-relabelled": "model:steps=4,next=mode", "closest": "closest:k=8"}
SMALL = {"n": [5, 20], "bins": [9, 33], "steps": 600, "rollouts": 30, "draws": 3}
FULL = {"n": [2, 5, 20, 50], "bins": [5, 9, 17, 33, 256], "steps": 1500, "rollouts": 50, "draws": 3}
# 0.975 quantiles of Student's t for 1, 2, … degrees of freedom.
STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]


def student(freedom):
    """Beyond the table the expansion in 1/freedom (Abramowitz and Stegun 26.7.5), right to 0.003."""
    if freedom <= len(STUDENT):
        return STUDENT[freedom - 1]
    z = 1.95996
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def over_draws(values):
    """Mean and half of its 95 % interval, None of a single draw."""
    if len(values) < 2:
        return values[0], None
    return statistics.mean(values), student(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))


def surely_less(values, others):
    """Whether the 95 % interval of the paired differences, draw by draw, lies below 0."""
    mean, half = over_draws([value - other for value, other in zip(values, others)])
    return half is not None and mean + half < 0


class Task:
    """Everything of one task, in its folder of OUT. Paths are relative to OUT, where the program is run."""

    def __init__(self, name, out, gymnasium, budget):
        self.name, self.out, self.budget = name, out, budget
        self.system, self.horizon, self.sigma = TASKS[name]
        self.folder = pathlib.Path(name)
        (out / self.folder).mkdir(parents=True, exist_ok=True)
        self.plant = ["--system", self.system]
        if name == "hopper":
            self.plant += ["--assets", gymnasium / "assets", "--expert", f"mlp:{gymnasium}/experts/Hopper.hdf5"]

    def asked(self, name, *words, suffix=None):
        """What a verb makes (if it does: `suffix`) and the object that it prints; each command runs once."""
        words = list(map(str, words))
        digest = hashlib.sha256(json.dumps(words).encode()).hexdigest()[:12]
        path = self.folder / f"{name}-{digest}{suffix or ''}"
        kept = self.out / f"{path}.json"
        if not kept.exists():
            shutil.rmtree(self.out / path, ignore_errors=True)  # of a run that was cut off
            (self.out / path).unlink(missing_ok=True)
            words += [] if suffix is None else ["-o", str(path)]
            command = [str(PIANOLA), *words, "--json", "--quiet", "--threads", "1"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.out)
            if done.returncode:
                sys.exit(f"{' '.join(command)}\n{done.stderr}")
            kept.with_suffix(".tmp").write_text(done.stdout)
            kept.with_suffix(".tmp").rename(kept)
        return path, json.loads(kept.read_text())

    def demonstrations(self, n, draw, noisy):
        perturb = ["--perturb", f"sigma={self.sigma},clean=0.5"] if noisy else []
        return self.asked(f"{'noisy' if noisy else 'clean'}{n}draw{draw}", "collect", *self.plant, "--horizon",
                          self.horizon, "--trajectories", n, "--seed", 100 * (draw + 1) + n, *perturb,
                          suffix=".npz")[0]

    def predicted_chunk(self):
        """ℓ* of the audit's measured stability (Zhang et al., arXiv:2507.09061), at least 2 and at most 16; without
        exponential stability there is no such number, and 4 is taken."""
        found = self.asked("stability", "audit", *self.plant, "--quantizer", "uniform:bins=33,representatives=ends",
                           "--horizon", min(self.horizon, 100), "--rollouts", 20, "--perturbations", 60)[1]
        predicted = found["stability"].get("chunk_length")
        return {"predicted": predicted, "chunk": min(16, max(2, math.ceil(predicted))) if predicted else 4}

    def trained(self, name, data, n, draw, steps, *words):
        return self.asked(name, "train", data, "--policy", "mlp:hidden=128x2", "--steps", steps, "--seed", draw,
                          "--validation", 0 if n == 2 else 0.1, "--candidates", 1, *words, suffix="")[0]

    def learn(self, n, bins, draw, kind):
        """The run folder of one policy (and model)."""
        chunk = self.predicted_chunk()["chunk"] if kind == "chunks" else 1
        model = ["--with-model=mixture:components=2,hidden=128x2"] if kind == "policy" else []
        return self.trained(f"n{n}k{bins}draw{draw}{kind}", self.demonstrations(n, draw, kind == "noise"), n, draw,
                            self.budget["steps"], "--quantizer", f"uniform:bins={bins},representatives=ends",
                            "--chunk", chunk, *model)

    def tune(self, n, bins, draw, name):
        """The run folder of the policy, fine-tuned on its demonstrations and what they are augmented by."""
        own, start = f"n{n}k{bins}draw{draw}{name}", self.learn(n, bins, draw, "policy")
        data = self.demonstrations(n, draw, False)
        if TUNED[name]:
            data = self.asked(own, "augment", data, "--run", start, *self.plant, "--by", TUNED[name], "--seed", draw,
                              suffix=".npz")[0]
        return self.trained(own, data, n, draw, self.budget["steps"] // 3, "--start-from", start)

    def play(self, run, draw, controllers):
        """Mean regret a step of each."""
        specs = [word for controller in controllers for word in ("--controller", controller)]
        found = self.asked(run.name, "evaluate", *self.plant, "--run", run, "--horizon", self.horizon, "--rollouts",
                           self.budget["rollouts"], "--seed", draw, *specs)[1]
        return [row["regret_per_step"]["value"] for row in found["controllers"]]

    def cell(self, n, bins, draw):
        """Regret a step of every column, of one draw."""
        names = ["feedback", *AUGMENTED]
        specs = ["feedback", *[f"augmented:resync_every={m},next=mode" for m in RESYNC], "augmented:next=mode"]
        columns = dict(zip(names, self.play(self.learn(n, bins, draw, "policy"), draw, specs)))
        columns["chunked"] = self.play(self.learn(n, bins, draw, "chunks"), draw, ["chunked"])[0]
        columns["noise-injected"] = self.play(self.learn(n, bins, draw, "noise"), draw, ["feedback"])[0]
        for name in TUNED:
            columns[name] = self.play(self.tune(n, bins, draw, name), draw, ["feedback"])[0]
        return columns


AUGMENTED = [*[f"m = {m}" for m in RESYNC], "m = ∞"]
COLUMNS = ["feedback", "chunked", "noise-injected", *AUGMENTED, *TUNED]


def least(columns):
    """The column of the least mean, and whether it is surely less than each other one."""
    best = min(COLUMNS, key=lambda name: statistics.mean(columns[name]))
    return best, all(surely_less(columns[best], columns[name]) for name in COLUMNS if name != best)


def shown(values, best, alone):
    mean, half = over_draws(values)
    text = f"{mean:.3f}" if half is None else f"{mean:.3f} ± {half:.3f}"
    return f"**{text}**{'*' if alone else ''}" if best else text


def print_table(task, cells):
    stability = task.predicted_chunk()
    predicted = f"predicted {stability['predicted']}" if stability["predicted"] else "none is predicted"
    print(f"\n### {task.name}\n\nchunks of {stability['chunk']} ({predicted})\n")
    print("| n | K | " + " | ".join(COLUMNS) + " |\n|" + "---|" * (2 + len(COLUMNS)))
    for (n, bins), columns in cells.items():
        best, alone = least(columns)
        print(f"| {n} | {bins} | " + " | ".join(shown(columns[c], c == best, c == best and alone) for c in COLUMNS) +
              " |")


def print_summary(everything, draws):
    """How often each column is best, and where re-anchoring beats both chunks and noise for sure."""
    wins, alone, both = dict.fromkeys(COLUMNS, 0), dict.fromkeys(COLUMNS, 0), []
    for task, cells in everything.items():
        for (n, bins), columns in cells.items():
            best, sure = least(columns)
            wins[best] += 1
            alone[best] += sure
            for name in AUGMENTED:
                if all(surely_less(columns[name], columns[rival]) for rival in ("chunked", "noise-injected")):
                    both.append(f"{task} n = {n}, K = {bins}, {name}")
    print(f"\nDraws: {draws}. Least mean in cells (surely less than all others): " +
          ", ".join(f"{name} {wins[name]} ({alone[name]})" for name in COLUMNS) + ".")
    print("Re-anchored or augmented below both chunks and noise, intervals of paired differences below 0: " +
          ("; ".join(both) if both else "nowhere") + ".")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--tasks", default="pendulum,lane_keeping,quadrotor")
    parser.add_argument("--gymnasium", type=pathlib.Path, help="folder with assets/ and experts/Hopper.hdf5")
    parser.add_argument("--full", action="store_true", help="n up to 50, K up to 256, longer trainings")
    parser.add_argument("--draws", type=int, help="repetitions of each cell, each with its own seeds; default 3")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    names = [name for name in options.tasks.split(",") if name]
    unknown = [name for name in names if name not in TASKS]
    if unknown:
        sys.exit(f"no task named '{unknown[0]}'; known: {', '.join(TASKS)}")
    if "hopper" in names and options.gymnasium is None:
        sys.exit("hopper needs --gymnasium DIR with assets/ and experts/Hopper.hdf5")
    budget = FULL if options.full else SMALL
    draws = budget["draws"] if options.draws is None else options.draws
    if not 1 <= draws <= 100:
        sys.exit(f"--draws must be 1 … 100, but is {draws}")
    gymnasium = options.gymnasium.resolve() if options.gymnasium else None
    tasks = {name: Task(name, options.out.resolve(), gymnasium, budget) for name in names}
    for task in tasks.values():  # shared by the jobs
        task.predicted_chunk()
        for n in budget["n"]:
            for draw in range(draws):
                task.demonstrations(n, draw, False), task.demonstrations(n, draw, True)
    grid = [(name, n, bins, draw) for name in names for n in budget["n"] for bins in budget["bins"]
            for draw in range(draws)]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        played = list(pool.map(lambda place: tasks[place[0]].cell(*place[1:]), grid))
    everything = {name: {} for name in names}
    for (name, n, bins, _), columns in zip(grid, played):
        cell = everything[name].setdefault((n, bins), {column: [] for column in COLUMNS})
        for column, value in columns.items():
            cell[column].append(value)
    for name, cells in everything.items():
        print_table(tasks[name], cells)
    print_summary(everything, draws)


if __name__ == "__main__":
    main()
