"""Golden datasets: the same three episodes, written by the libraries that own the formats, and read back by them.

    ./bootstrap oracles
    PYTHONPATH=.oracles/datasets .deps/bin/python tools/oracles/datasets.py write [NAME…]        # into tests/data/golden
    PYTHONPATH=.oracles/datasets .deps/bin/python tools/oracles/datasets.py read FORMAT PATH     # what pianola wrote there

`write rlds` needs PYTHONPATH=.oracles/tensorflow: TensorFlow holds h5py back.

Episode e has STEPS[e] steps; its numbers are `number` of small indices, which tests/data/golden_episodes.hpp repeats.
Writers: minari (its own), zarr, h5py and numpy (robomimic, D4RL, diffusion_policy, d3rlpy: these projects write with
h5py, numpy or zarr directly, and the layout is theirs), tensorflow (TFRecord of RLDS; features.json by hand as
tensorflow_datasets writes it). Each golden folder or file has its provenance in tests/data/golden/PROVENANCE.txt.
"""

import json
import pathlib
import shutil
import sys

import numpy as np

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests/data/golden"
STEPS = [4, 6, 5]
TERMINATED = [True, False, True]


def number(index):
    """Multiples of 1/8 in [-5, 7.5]: exact in every floating type."""
    return (np.asarray(index) * 37 % 101) / 8.0 - 5.0


def observations(e):  # [T + 1, 3]
    return number(1000 * e + 10 * np.arange(STEPS[e] + 1)[:, None] + np.arange(3))


def actions(e):  # [T, 2]
    return number(1000 * e + 10 * np.arange(STEPS[e])[:, None] + 5 + np.arange(2))


def rewards(e):
    return number(1000 * e + 500 + np.arange(STEPS[e]))


def last(e, flag):
    return np.arange(STEPS[e]) == STEPS[e] - 1 if flag else np.zeros(STEPS[e], bool)


def joined(function):
    return np.concatenate([function(e) for e in range(len(STEPS))])


def write_minari(folder):
    import gymnasium as gym
    import minari
    from minari.data_collector import EpisodeBuffer
    from minari.dataset.minari_storage import MinariStorage

    box = lambda n, kind=np.float64: gym.spaces.Box(-np.inf, np.inf, (n,), kind)
    bounded = gym.spaces.Box(np.float32(-8), np.float32(8), (2,), np.float32)
    nested = gym.spaces.Dict({"pose": gym.spaces.Tuple((box(2), box(1, np.float32))), "word": gym.spaces.Text(8)})
    pair = gym.spaces.Dict({"mode": gym.spaces.Discrete(3), "force": bounded})
    for name, observation_space, action_space in [("box-v0", box(3), bounded), ("nested-v0", nested, pair)]:
        path = folder / name / "data"
        path.mkdir(parents=True)
        storage = MinariStorage.new(path, observation_space=observation_space, action_space=action_space)
        for e, steps in enumerate(STEPS):
            obs, act = observations(e), actions(e).astype(np.float32)
            infos = {"stage": np.arange(steps + 1), "arm": {"x": number(np.arange(steps))}}
            if name == "nested-v0":
                obs = {"pose": (obs[:, :2], obs[:, 2:].astype(np.float32)), "word": ["go"] * (steps + 1)}
                act = {"mode": np.arange(steps) % 3, "force": act}
            storage.update_episodes([EpisodeBuffer(
                id=None, seed=7 + e, options=None, observations=obs, actions=act, rewards=rewards(e),
                terminations=last(e, TERMINATED[e]), truncations=last(e, not TERMINATED[e]), infos=infos)])
        storage.update_metadata({"dataset_id": name, "minari_version": minari.__version__, "algorithm_name": "formula"})


def write_robomimic(path):
    import h5py

    with h5py.File(path, "w") as f:
        data = f.create_group("data")
        for e, steps in enumerate(STEPS):
            demo = data.create_group(f"demo_{e}")
            demo.attrs["num_samples"] = steps
            demo.attrs["model_file"] = "<mujoco/>"
            demo.create_dataset("actions", data=actions(e))
            demo.create_dataset("states", data=np.float32(observations(e)[:-1]))
            demo.create_dataset("rewards", data=rewards(e))
            demo.create_dataset("dones", data=last(e, TERMINATED[e]).astype(np.int64))
            for key, rows in [("obs", observations(e)[:-1]), ("next_obs", observations(e)[1:])]:
                demo.create_dataset(f"{key}/state", data=rows, compression="gzip")
        data.attrs["total"] = sum(STEPS)
        data.attrs["env_args"] = json.dumps({"env_name": "Lift", "type": 1, "env_kwargs": {}})
        f.create_dataset("mask/train", data=np.array(["demo_0", "demo_2"], dtype="S"))
        f.create_dataset("mask/valid", data=np.array(["demo_1"], dtype="S"))


def d4rl_arrays():
    return {
        "observations": joined(lambda e: observations(e)[:-1]).astype(np.float32),
        "next_observations": joined(lambda e: observations(e)[1:]).astype(np.float32),
        "actions": joined(actions).astype(np.float32),
        "rewards": joined(rewards).astype(np.float32),
        "terminals": joined(lambda e: last(e, TERMINATED[e])),
        "timeouts": joined(lambda e: last(e, not TERMINATED[e])),
    }


def write_d4rl(path):
    import h5py

    with h5py.File(path, "w") as f:
        for key, values in d4rl_arrays().items():
            f.create_dataset(key, data=values, compression="gzip")
        f.create_dataset("infos/qpos", data=joined(lambda e: observations(e)[:-1, :2]))
        f.create_dataset("metadata/algorithm", data="SAC")


def write_zarr(folder):
    import numcodecs
    import zarr

    shuffles = numcodecs.Blosc.NOSHUFFLE, numcodecs.Blosc.SHUFFLE, numcodecs.Blosc.BITSHUFFLE
    compressors = {"none": None, "zstd": numcodecs.Zstd(3), "zlib": numcodecs.Zlib(6),
                   "blosc_lz4": numcodecs.Blosc("lz4", 5, shuffles[1]), "blosc_zstd": numcodecs.Blosc("zstd", 3, shuffles[2])}
    for name, compressor in compressors.items():
        root = zarr.open_group(str(folder / f"{name}.zarr"), mode="w")
        arrays = {"state": joined(lambda e: observations(e)[:-1]), "action": np.float32(joined(actions)),
                  "n_contacts": joined(lambda e: np.arange(STEPS[e]))[:, None]}
        for key, values in arrays.items():
            root.create_dataset(f"data/{key}", data=values, chunks=(4, values.shape[1]), compressor=compressor)
        root.create_dataset("data/img", shape=(sum(STEPS), 4, 4, 3), chunks=(8, 4, 4, 3), dtype="u1", compressor=compressor)
        root.create_dataset("meta/episode_ends", data=np.cumsum(STEPS), compressor=compressor)
    with zarr.ZipStore(str(folder / "packed.zarr.zip"), mode="w") as store:
        zarr.copy_store(zarr.DirectoryStore(str(folder / "zstd.zarr")), store)


def write_npz(folder):
    arrays = d4rl_arrays()
    np.savez(folder / "d4rl.npz", **arrays)
    np.savez_compressed(folder / "compressed.npz", **arrays)
    np.savez(folder / "ends.npz", obs=joined(lambda e: observations(e)[:-1]), action=np.asfortranarray(joined(actions)),
             episode_ends=np.cumsum(STEPS), reward=joined(rewards).astype(">f8"))


def write_d3rlpy(path):
    import h5py

    with h5py.File(path, "w") as f:
        f.create_dataset("columns", data=["observations", "actions", "rewards", "terminated"])
        f.create_dataset("num_episodes", data=len(STEPS))
        for e in range(len(STEPS)):
            f.create_dataset(f"observations_{e}", data=np.float32(observations(e)[:-1]))
            f.create_dataset(f"actions_{e}", data=np.float32(actions(e)))
            f.create_dataset(f"rewards_{e}", data=np.float32(rewards(e)[:, None]))
            f.create_dataset(f"terminated_{e}", data=TERMINATED[e])
        f.create_dataset("version", data="2.1")


def write_rlds(folder):
    import tensorflow as tf

    tensor = lambda kind, *shape: {"pythonClassName": "tensorflow_datasets.core.features.tensor_feature.Tensor",
                                   "tensor": {"shape": {"dimensions": [str(n) for n in shape]}, "dtype": kind, "encoding": "none"}}
    scalar = lambda kind: {**tensor(kind), "pythonClassName": "tensorflow_datasets.core.features.scalar.Scalar"}
    nest = lambda **features: {"pythonClassName": "tensorflow_datasets.core.features.features_dict.FeaturesDict",
                               "featuresDict": {"features": features}}
    word = {"pythonClassName": "tensorflow_datasets.core.features.text_feature.Text", "text": {}}
    steps = nest(observation=nest(state=tensor("float32", 3), gripper=scalar("float32")), action=tensor("float32", 2),
                 reward=scalar("float32"), discount=scalar("float32"), is_first=scalar("bool"), is_last=scalar("bool"),
                 is_terminal=scalar("bool"), language_instruction=word)
    features = nest(steps={"pythonClassName": "tensorflow_datasets.core.features.dataset_feature.Dataset",
                           "sequence": {"feature": steps, "length": "-1"}},
                    episode_metadata=nest(file_path=word))
    folder.mkdir(parents=True)
    (folder / "features.json").write_text(json.dumps(features, indent=4))
    (folder / "dataset_info.json").write_text(json.dumps(
        {"name": "golden", "version": "1.0.0", "fileFormat": "tfrecord", "splits": [
            {"name": "train", "shardLengths": ["1", "1"], "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"},
            {"name": "test", "shardLengths": ["1"], "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"}]}))
    floats = lambda x: tf.train.Feature(float_list=tf.train.FloatList(value=np.ravel(x)))
    integers = lambda x: tf.train.Feature(int64_list=tf.train.Int64List(value=np.ravel(x).astype(int)))
    texts = lambda x: tf.train.Feature(bytes_list=tf.train.BytesList(value=x))
    files = ["golden-train.tfrecord-00000-of-00002", "golden-train.tfrecord-00001-of-00002", "golden-test.tfrecord-00000-of-00001"]
    for e, file in enumerate(files):
        rows = STEPS[e] + 1
        end, begin = np.arange(rows) == rows - 1, np.arange(rows) == 0
        example = tf.train.Example(features=tf.train.Features(feature={
            "steps/observation/state": floats(observations(e)), "steps/observation/gripper": floats(number(np.arange(rows))),
            "steps/action": floats(np.concatenate([actions(e), [[99, 99]]])), "steps/reward": floats(np.append(rewards(e), 99)),
            "steps/discount": floats(np.ones(rows)), "steps/is_first": integers(begin), "steps/is_last": integers(end),
            "steps/is_terminal": integers(end & TERMINATED[e]), "steps/language_instruction": texts([b"push"] * rows),
            "episode_metadata/file_path": texts([b"made up"])}))
        with tf.io.TFRecordWriter(str(folder / file)) as writer:
            writer.write(example.SerializeToString())


WRITERS = {"minari": (write_minari, "minari"), "robomimic": (write_robomimic, "robomimic.hdf5"),
           "d4rl": (write_d4rl, "d4rl.hdf5"), "zarr": (write_zarr, "zarr"), "npz": (write_npz, "npz"),
           "d3rlpy": (write_d3rlpy, "d3rlpy.hdf5"), "rlds": (write_rlds, "rlds")}


def write(names):
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name in names or WRITERS:
        writer, file = WRITERS[name]
        target = GOLDEN / file
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
        if name in ("minari", "zarr", "npz"):
            target.mkdir()
        writer(target)
        print(target)


def expect(name, got, wanted):
    np.testing.assert_array_equal(np.asarray(got, np.float64), np.asarray(wanted, np.float64), err_msg=name)


def read_minari(path):
    import minari

    dataset = minari.MinariDataset(pathlib.Path(path) / "data")
    assert dataset.total_episodes == len(STEPS) and dataset.total_steps == sum(STEPS)
    for e, episode in enumerate(dataset.iterate_episodes()):
        expect("observations", episode.observations, observations(e))
        expect("actions", episode.actions, actions(e))
        expect("rewards", episode.rewards, rewards(e))
        expect("terminations", episode.terminations, last(e, TERMINATED[e]))
        expect("truncations", episode.truncations, last(e, not TERMINATED[e]))
        assert dataset.observation_space.contains(episode.observations[0]), dataset.observation_space
        assert dataset.action_space.contains(episode.actions[0]), dataset.action_space


def expect_flat(arrays, observation, action):
    expect(observation, arrays[observation], joined(lambda e: observations(e)[:-1]))
    expect(action, arrays[action], joined(actions))


def read_robomimic(path):
    import h5py

    with h5py.File(path) as f:
        assert f["data"].attrs["total"] == sum(STEPS)
        for e in range(len(STEPS)):
            demo = f[f"data/demo_{e}"]
            assert demo.attrs["num_samples"] == STEPS[e]
            expect("obs", demo["obs/state"], observations(e)[:-1])
            expect("next_obs", demo["next_obs/state"], observations(e)[1:])
            expect("actions", demo["actions"], actions(e))
        if "mask" in f:
            assert sorted(name.decode() for name in f["mask/train"]) == ["demo_0", "demo_2"]


def read_d4rl(path):
    import h5py

    with h5py.File(path) as f:
        expect_flat(f, "observations", "actions")
        expect("rewards", f["rewards"], joined(rewards))
        expect("terminals", f["terminals"], joined(lambda e: last(e, TERMINATED[e])))
        expect("timeouts", f["timeouts"], joined(lambda e: last(e, not TERMINATED[e])))


def read_zarr(path):
    import zarr

    root = zarr.open(path, mode="r")
    expect("episode_ends", root["meta/episode_ends"], np.cumsum(STEPS))
    assert root["meta/episode_ends"].dtype == np.int64
    expect_flat({key: value[:] for key, value in root["data"].arrays()}, "state", "action")


def read_npz(path):
    with np.load(path) as arrays:
        expect_flat(arrays, "observations", "actions")
        expect("episode_ends", arrays["episode_ends"], np.cumsum(STEPS))


def read_csv(path):
    import csv

    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    column = lambda prefix: np.array([[float(v) for k, v in row.items() if k.startswith(prefix)] for row in rows])
    expect("observation", column("observation."), joined(lambda e: observations(e)[:-1]))
    expect("action", column("action"), joined(actions))
    expect("episode", [int(row["episode"]) for row in rows], np.repeat(np.arange(len(STEPS)), STEPS))


def main():
    if sys.argv[1:2] == ["write"]:
        return write(sys.argv[2:])
    if len(sys.argv) == 4 and sys.argv[1] == "read":
        globals()[f"read_{sys.argv[2]}"](sys.argv[3])
        return print(f"{sys.argv[3]}: {sys.argv[2]} reads it, all numbers equal")
    sys.exit(__doc__)


main()
