"""Writes test_gymnasium_tasks.golden.txt: what Gymnasium's own environments do from fixed states under fixed actions.

Run by hand where Gymnasium is installed (pip install 'gymnasium[mujoco]' mujoco==3.4.0), after a change of a task:
    python test_gymnasium_tasks_golden.py > test_gymnasium_tasks.golden.txt
Each line: task, observation size, steps until the first termination or 40, the last step terminated (0 or 1); then the
rewards of all steps; then, of the first and the last observation, the sum and a weighted sum.
"""

import gymnasium
import mujoco
import numpy as np

NAMES = ["Hopper", "Walker2d", "HalfCheetah", "Ant", "Swimmer", "Reacher", "InvertedPendulum", "Humanoid"]


def pattern(n, a, b, m):
    """Small numbers without rounding: ((a i + b) mod m − m div 2) for i < n."""
    return np.array([(a * i + b) % m - m // 2 for i in range(n)], dtype=float)


def digest(x):
    return [float(np.sum(x)), float(np.dot(x, pattern(len(x), 5, 1, 7)))]


def play(name):
    environment = gymnasium.make(name).unwrapped
    environment.reset(seed=0)
    mujoco.mj_resetData(environment.model, environment.data)
    environment.set_state(
        environment.init_qpos + pattern(environment.model.nq, 7, 3, 11) / 512,
        environment.init_qvel + pattern(environment.model.nv, 3, 1, 7) / 64,
    )
    high = environment.model.actuator_ctrlrange[:, 1]
    observation = environment._get_obs()
    row = digest(observation)
    rewards, terminated = [], False
    while len(rewards) < 40 and not terminated:
        action = 1.5 * high * pattern(len(high), 3, 5 * len(rewards), 9) / 4
        observation, reward, terminated, _, _ = environment.step(action)
        rewards.append(float(reward))
    row = rewards + row + digest(observation)
    print(name, len(observation), len(rewards), int(terminated), *(repr(x) for x in row))


print(f"# gymnasium {gymnasium.__version__}, mujoco {mujoco.__version__}, made by test_gymnasium_tasks_golden.py")
for task in NAMES:
    for version in (4, 5):
        play(f"{task}-v{version}")
