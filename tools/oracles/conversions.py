#!/usr/bin/env python3
"""A dataset converted to every format and back; each converted set is opened by the library that owns its format.

    ./bootstrap oracles
    .deps/bin/python tools/oracles/conversions.py PIANOLA DATASET [FOLDER]

PIANOLA is the program, DATASET what it can read, FOLDER (a temporary one by default) is where the converted sets go.
The actions that each library reads must be the same bits as those of the robomimic file that h5py reads, and those of
the way back too. LeRobot's library is asked by lerobot_datasets.py, in a process with the version that the set has.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ORACLES = ROOT / ".oracles"


def pianola(*arguments):
    run = subprocess.run([PROGRAM, *map(str, arguments), "--json", "--quiet"], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))}: {run.stderr}")
    return json.loads(run.stdout)


def hdf5_actions(path):
    import h5py
    import numpy as np

    with h5py.File(path) as file:
        names = sorted(file["data"], key=lambda name: int(name.split("_")[1]))
        return [np.asarray(file[f"data/{name}/actions"]) for name in names]


def robomimic_actions(path):
    """By robomimic's own reader of datasets, one step a sample."""
    import numpy as np

    sys.path.insert(0, str(ORACLES / "robomimic"))
    import robomimic.utils.obs_utils as obs_utils
    from robomimic.utils.dataset import SequenceDataset

    import h5py

    with h5py.File(path) as file:
        keys = tuple(key for key, value in file["data/demo_0/obs"].items() if isinstance(value, h5py.Dataset))
    obs_utils.initialize_obs_utils_with_obs_specs({"obs": {"low_dim": list(keys)}})
    dataset = SequenceDataset(str(path), obs_keys=keys, dataset_keys=("actions",), hdf5_cache_mode=None,
                              hdf5_use_swmr=False, load_next_obs=False)
    episodes = [[] for _ in range(dataset.n_demos)]
    order = {name: i for i, name in enumerate(dataset.demos)}
    for i in range(len(dataset)):
        episodes[order[dataset._index_to_demo_id[i]]].append(dataset[i]["actions"][0])
    in_order = sorted(dataset.demos, key=lambda name: int(name.split("_")[1]))
    return [np.asarray(episodes[order[name]]) for name in in_order]


def minari_actions(path):
    import minari

    dataset = minari.MinariDataset(Path(path) / "data")
    return [episode.actions for episode in dataset.iterate_episodes()]


def zarr_actions(path):
    import numpy as np
    import zarr

    root = zarr.open(str(path), mode="r")
    return np.split(root["data/action"][:], root["meta/episode_ends"][:-1])


def flat_hdf5_actions(path):
    import h5py
    import numpy as np

    with h5py.File(path) as file:
        ends = np.flatnonzero(np.asarray(file["terminals"]) | np.asarray(file["timeouts"])) + 1
        return np.split(np.asarray(file["actions"]), ends[:-1])


def npz_actions(path):
    import numpy as np

    with np.load(path) as arrays:
        return np.split(arrays["actions"], arrays["episode_ends"][:-1])


# Format, what the set is called, who reads it.
FORMATS = [("robomimic", "set.hdf5", robomimic_actions), ("minari", "minari", minari_actions),
           ("zarr", "set.zarr", zarr_actions), ("d4rl", "flat.hdf5", flat_hdf5_actions), ("npz", "set.npz", npz_actions),
           ("lerobot_v30", "lerobot_v30", None), ("lerobot_v21", "lerobot_v21", None), ("csv", "set.csv", None)]


def expect_equal(name, got, wanted):
    if name.startswith("csv"):  # text has no widths
        wanted = [one.astype("f8") for one in wanted]
    assert len(got) == len(wanted), f"{name}: {len(got)} episodes, not {len(wanted)}"
    for i, (one, other) in enumerate(zip(got, wanted)):
        assert one.dtype == other.dtype and one.shape == other.shape, (name, i, one.dtype, one.shape, other.shape)
        assert one.tobytes() == other.tobytes(), f"{name}: the actions of episode {i} differ"


def ask_lerobot(folder, version, original):
    environment = {**os.environ, "PYTHONPATH": str(ORACLES / version)}
    subprocess.run([sys.executable, ROOT / "tools/oracles/lerobot_datasets.py", "open", folder, "--actions-of", original],
                   check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    global PROGRAM
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    PROGRAM = sys.argv[1]
    out = Path(sys.argv[3] if len(sys.argv) > 3 else tempfile.mkdtemp())
    sys.path.insert(0, str(ORACLES / "datasets"))
    pianola("convert", sys.argv[2], "-o", out / "wanted.hdf5", "--format", "robomimic")
    wanted = hdf5_actions(out / "wanted.hdf5")
    fps = ["--fps", 30] if not (Path(sys.argv[2]) / "meta/info.json").exists() else []
    for name, file, read in FORMATS:
        lost = pianola("convert", sys.argv[2], "-o", out / file, "--format", name,
                       *(fps if name.startswith("lerobot") else []))["lost"]
        if read is not None:
            expect_equal(name, read(out / file), wanted)
        if name.startswith("lerobot"):
            pianola("convert", out / "wanted.hdf5", "-o", out / f"other_{name}", "--format", name, *fps)
            ask_lerobot(out / file, name, out / f"other_{name}")
        pianola("convert", out / file, "-o", out / f"back_{name}.hdf5", "--format", "robomimic")
        expect_equal(f"{name} and back", hdf5_actions(out / f"back_{name}.hdf5"), wanted)
        reader = "LeRobot's library" if name.startswith("lerobot") else "no library but ours" if read is None else name
        print(f"{name}: {len(wanted)} episodes, {sum(map(len, wanted))} steps; the same bits by {reader} and on the way "
              f"back; lost: {'; '.join(lost) or 'nothing'}", flush=True)


if __name__ == "__main__":
    main()
