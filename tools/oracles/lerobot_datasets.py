#!/usr/bin/env python3
"""LeRobot's own library writes small datasets for tests, and opens those that pianola wrote.

    lerobot_datasets.py write FOLDER              a small dataset in the version that the installed lerobot has
    lerobot_datasets.py open FOLDER [--actions-of FOLDER]
                                                  opens FOLDER, looks at every frame; the second folder's actions, read
                                                  from its Parquet files by pyarrow, must be the same bits

`./bootstrap oracles` installs lerobot 0.4.4 (v3.0) and 0.3.3 (v2.1) without what trains networks and drives robots:

    PYTHONPATH=.oracles/lerobot_v30 .deps/bin/python tools/oracles/lerobot_datasets.py write tests/data/golden/lerobot_v30
    PYTHONPATH=.oracles/lerobot_v21 .deps/bin/python tools/oracles/lerobot_datasets.py write tests/data/golden/lerobot_v21
 The numbers that `write` writes are exact in float32:
state[d] = episode + t / 8 + d / 64, gripper = t / 4, action[d] = state[d] / 2, reward = -t.
"""
import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# The library `datasets`, not the script of that name beside this one.
sys.path = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]

EPISODES = [(5, "pick up the cube"), (3, "put it down"), (4, "pick up the cube")]


def import_dataset_class():
    """torchvision's compiled operators need its own build of PyTorch; datasets without images need none of them."""
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "deform_conv2d", "qroi_align",
                 "_roi_align_backward", "_roi_pool_backward", "_ps_roi_align_backward", "_ps_roi_pool_backward",
                 "_deform_conv2d_backward"):
        library.define(name + "(Tensor x) -> Tensor")
    import_dataset_class.library = library  # lives as long as the program
    from lerobot.datasets.lerobot_dataset import CODEBASE_VERSION, LeRobotDataset

    return LeRobotDataset, CODEBASE_VERSION


def write(folder):
    import numpy as np

    dataset_class, version = import_dataset_class()
    features = {
        "observation.state": {"dtype": "float32", "shape": (3,), "names": ["x", "y", "z"]},
        "observation.gripper": {"dtype": "float32", "shape": (1,), "names": None},
        "action": {"dtype": "float32", "shape": (2,), "names": ["left", "right"]},
        "next.reward": {"dtype": "float32", "shape": (1,), "names": None},
        "next.done": {"dtype": "bool", "shape": (1,), "names": None},
    }
    dataset = dataset_class.create("pianola/golden", fps=8, features=features, root=folder, robot_type="toy",
                                   use_videos=False)
    for number, (length, task) in enumerate(EPISODES):
        for t in range(length):
            state = np.array([number + t / 8 + d / 64 for d in range(3)], dtype=np.float32)
            frame = {
                "observation.state": state,
                "observation.gripper": np.array([t / 4], dtype=np.float32),
                "action": state[:2] / 2,
                "next.reward": np.array([-t], dtype=np.float32),
                "next.done": np.array([t + 1 == length and number == 1]),
            }
            if version == "v2.1":
                dataset.add_frame(frame, task=task)
            else:
                dataset.add_frame({**frame, "task": task})
        dataset.save_episode()
    if hasattr(dataset, "finalize"):
        dataset.finalize()
    for rest in Path(folder).glob("images"):
        rest.rmdir()
    print(f"{folder}: {version}, {len(EPISODES)} episodes")


def parquet_actions(folder):
    import numpy as np
    import pyarrow.parquet as pq

    parts = []
    for path in sorted(Path(folder).glob("data/*/*.parquet")):
        column = pq.read_table(path, columns=["action"])["action"].combine_chunks()
        parts.append(np.asarray(column.flatten()).reshape(len(column), -1))
    return np.concatenate(parts)


def open_dataset(folder, same):
    import numpy as np

    dataset_class, version = import_dataset_class()
    dataset = dataset_class("pianola/check", root=folder, revision=version)
    frames, tasks, actions = 0, set(), []
    for i in range(len(dataset)):
        item = dataset[i]
        assert int(item["index"]) == i, f"frame {i}: index {int(item['index'])}"
        tasks.add(item["task"])
        actions.append(np.asarray(item["action"]))
        frames += 1
    assert frames == dataset.num_frames
    names = dataset.meta.info["features"]["action"]["names"]
    # What a policy is trained with: history and chunks across the borders of episodes.
    fps = dataset.fps
    chunked = dataset_class("pianola/check", root=folder, revision=version,
                            delta_timestamps={"action": [k / fps for k in range(4)]})
    last = chunked[len(chunked) - 1]
    assert last["action_is_pad"].tolist() == [False, True, True, True], last["action_is_pad"]
    stats = dataset.meta.stats["action"]
    flat = np.concatenate([a.reshape(1, -1) for a in actions])
    assert np.allclose(stats["min"], flat.min(axis=0)) and np.allclose(stats["max"], flat.max(axis=0))
    assert np.allclose(stats["mean"], flat.mean(axis=0, dtype=np.float64), atol=1e-6)
    if same:
        other = parquet_actions(same)
        assert other.dtype == flat.dtype, (other.dtype, flat.dtype)
        assert other.tobytes() == flat.tobytes(), "the actions differ"
    print(json.dumps({"folder": str(folder), "codebase_version": version, "episodes": dataset.num_episodes,
                      "frames": frames, "fps": fps, "tasks": sorted(tasks), "action_names": names,
                      "actions_of": str(same) if same else None}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=["write", "open"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--actions-of", type=Path, dest="same")
    arguments = parser.parse_args()
    if arguments.job == "write":
        write(arguments.folder)
    else:
        open_dataset(arguments.folder, arguments.same)


if __name__ == "__main__":
    sys.exit(main())
