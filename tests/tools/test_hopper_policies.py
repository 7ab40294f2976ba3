"""tools/hopper_policies from end to end, of a small plant and a tiny budget: test_hopper_policies.py <tool> <pianola>."""

import os
import pathlib
import subprocess
import sys
import tempfile

BUDGET = ("5", "2", "2")  # steps, rollouts, demonstrations
CONTINUOUS = "mse gaussian mixture armixture bet".split()
LEARNERS = "bins256 bins17ends fast8 parallel17ends mlp17ends mse gaussian mixture armixture bet".split()


def call(tool, program, out, budget=BUDGET):
    return subprocess.run(["bash", tool, "pendulum", out, *budget], capture_output=True, text=True,
                          env={**os.environ, "PIANOLA": str(program), "OMP_NUM_THREADS": "1"})


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def check_tables(text):
    first, second = ([cells(line) for line in table.splitlines()[2:]] for table in text.strip().split("\n\n"))
    assert [row[0] for row in first] == ["expert", *LEARNERS], first
    assert "±" in first[0][5], first[0]
    for name, nats, bits, outside, rmse, sampled, argmax, mean in first[1:]:
        assert (nats == "–") == (name == "mse"), f"{name}: {nats} nats; only mse has no density"
        assert (bits == "–") == (name not in ("gaussian", "mixture", "armixture")), f"{name}: {bits} bits"
        assert (outside == "–") == (name in CONTINUOUS), f"{name}: {outside} outside the quantizer's range"
        assert float(rmse) > 0.0, f"{name}: {rmse}"
        assert all("±" in cell for cell in (sampled, argmax)), f"{name}: {sampled}, {argmax}"
        assert (mean == "–") == (name == "fast8"), f"{name}: {mean}; only FAST's tokens have no mean"
    expected = [(name, str(execute), delay + (", whole chunks late" if execute == 8 and delay != "0" else ""))
                for name in ("fast8", "bins17ends8") for execute in (1, 4, 8) for delay in "012"]
    assert [tuple(row[:3]) for row in second] == expected, second
    assert all("±" in row[3] for row in second), second


def main(tool, program):
    with tempfile.TemporaryDirectory() as out:
        made = call(tool, program, out)
        assert made.returncode == 0, made.stderr
        check_tables(made.stdout)
        # All is kept: a program that fails is not asked again.
        nothing = pathlib.Path(out) / "fails"
        nothing.write_text("#!/bin/sh\nexit 1\n")
        nothing.chmod(0o755)
        again = call(tool, nothing, out)
        assert again.returncode == 0 and again.stdout == made.stdout, again.stderr + again.stdout
        # Another budget is another evaluation, and a training that left no result goes on.
        assert call(tool, nothing, out, ("5", "3", "2")).returncode != 0
        result = next(pathlib.Path(out).glob("*/mse.train.json"))
        before = result.read_text()
        result.unlink()
        resumed = call(tool, program, out)
        assert resumed.returncode == 0 and resumed.stdout == made.stdout, resumed.stderr + resumed.stdout
        assert before != result.read_text() and '"resumed_from": null' not in result.read_text()


if __name__ == "__main__":
    main(*sys.argv[1:])
