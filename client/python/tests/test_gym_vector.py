"""Several games as a vector environment: the same, to the bit, as Gymnasium's own over single environments."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from gateway import HUNG_S, ROOT, Gateway
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import joywire.sync
from joywire import JoywireError
from joywire.gym import JoywireEnv, JoywireVectorEnv

START = "W:60 START W:60"
X = 0xC011
WALK: dict[str, Any] = {
    "actions": ["RIGHT", "LEFT", "(DOWN RIGHT*4){stop 0xC011==12}"],
    "hold": 8,
    "gap": 8,
    "memory": [(0xC010, 4)],
    "start": START,
    "reward": lambda before, after: after[X] - before[X],
    "terminated": lambda _, after: after[X] >= 12,
    "max_steps": 3,
}
GAMES = 3


def run(envs: Any, steps: int, mode: AutoresetMode) -> list[Any]:
    """What a run with actions drawn by chance shows."""
    random = np.random.default_rng(1)
    seen: list[Any] = [envs.reset(seed=5)]
    for _ in range(steps):
        step = envs.step(random.choice(3, size=GAMES, p=[0.4, 0.5, 0.1]))
        seen.append(step)
        over = step[2] | step[3]
        if mode is AutoresetMode.DISABLED and over.any():
            seen.append(envs.reset(options={"reset_mask": over}))
    return seen


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("observation", ["memory", "both"])
def test_it_gives_what_a_sync_vector_env_of_single_environments_gives(
    gateway: Gateway, mode: AutoresetMode, observation: str
) -> None:
    options: dict[str, Any] = {**WALK, "observation": observation, "scale": 2, "hash": True}
    ours = JoywireVectorEnv(gateway.url, GAMES, autoreset_mode=mode, **options)
    theirs = SyncVectorEnv([lambda: JoywireEnv(gateway.url, **options)] * GAMES, autoreset_mode=mode)
    assert ours.observation_space == theirs.observation_space
    assert ours.single_observation_space == theirs.single_observation_space
    assert ours.action_space == theirs.action_space
    assert ours.metadata == theirs.metadata
    seen, expected = run(ours, 14, mode), run(theirs, 14, mode)
    assert ours.np_random_seed == theirs.np_random_seed == (5, 6, 7)
    ours.close()
    theirs.close()
    assert any(step[2].any() for step in seen if len(step) == 5)
    assert any(step[3].any() for step in seen if len(step) == 5)
    for number, (own, other) in enumerate(zip(seen, expected, strict=True)):
        assert data_equivalence(own, other, exact=True), number


def test_gymnasium_makes_it_by_name(gateway: Gateway) -> None:
    envs = gymnasium.make_vec("joywire/Overworld-v0", num_envs=2, url=gateway.url, goal=(12, 10))
    assert isinstance(envs, JoywireVectorEnv)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    envs.reset()
    right = np.array([3, 3])
    assert envs.step(right)[1].tolist() == pytest.approx([-0.01, -0.01])
    _, rewards, terminations, _, _ = envs.step(right)
    assert rewards.tolist() == pytest.approx([0.99, 0.99]) and terminations.all()
    envs.close()
    with pytest.raises(JoywireError, match=r"goal: got \(48, 0\); allowed"):
        gymnasium.make_vec("joywire/Overworld-v0", num_envs=2, url=gateway.url, goal=(48, 0))


def test_every_step_is_an_array_of_its_own_unless_one_is_asked_for(gateway: Gateway) -> None:
    for copy in (True, False):
        envs = JoywireVectorEnv(gateway.url, 2, copy=copy, observation="memory", **WALK)
        first, _ = envs.reset()
        second = envs.step([0, 1])[0]
        assert np.shares_memory(first, second) is not copy
        assert (first[:, 1].tolist() == [10, 10]) is copy
        assert second[:, 1].tolist() == [11, 9]
        envs.close()


def test_it_renders_each_game(gateway: Gateway) -> None:
    blind = JoywireVectorEnv(gateway.url, 2, observation="memory", render_mode="rgb_array", **WALK)
    seeing = JoywireVectorEnv(gateway.url, 2, observation="screen", render_mode="rgb_array", **WALK)
    blind.reset()
    seeing.reset()
    blind.step([0, 1])
    pictures = seeing.step([0, 1])[0]
    for envs in (blind, seeing):
        rendered = envs.render()
        assert rendered is not None and np.array_equal(rendered, pictures)
        envs.close()
    silent = JoywireVectorEnv(gateway.url, 1, observation="memory", **WALK)
    assert silent.render() is None
    silent.close()


def test_wrong_actions_seeds_and_masks_are_refused_and_nothing_is_played(gateway: Gateway) -> None:
    envs = JoywireVectorEnv(gateway.url, 2, observation="memory", **WALK)
    with pytest.raises(ResetNeeded, match="game 0"):
        envs.step([0, 0])
    envs.reset()
    for actions, message in [
        ([0, 3], "action: got 3; allowed: 0 to 2"),
        ([0], "actions: got .*; allowed: 2 numbers"),
        (0, "actions: got 0; allowed: 2 numbers"),
        (np.array([0.5, 1.0]), "action: got .*; allowed: 0 to 2"),
    ]:
        with pytest.raises(JoywireError, match=message):
            envs.step(actions)
    for options in ({"reset_mask": [True, False]}, {"reset_mask": np.zeros(2, bool)}, {"mask": None}):
        with pytest.raises(JoywireError, match="invalid_argument: options: "):
            envs.reset(options=options)
    with pytest.raises(JoywireError, match="seed: got 3 seeds; allowed: 2"):
        envs.reset(seed=[1, 2, 3])
    envs.reset()
    assert envs.step([0, 1])[4]["frame"].tolist() == [16, 16]
    envs.close()
    envs.close()
    with pytest.raises(ClosedEnvironmentError):
        envs.step([0, 1])


@pytest.mark.parametrize(("url", "count"), [([], 1), ("", 0), ("", 1.5)])
def test_wrong_numbers_of_games_are_refused(url: Any, count: Any) -> None:
    with pytest.raises(JoywireError, match=r"invalid_argument: (url|num_envs): got"):
        JoywireVectorEnv(url, count)


@pytest.fixture
def pair() -> Iterator[tuple[Gateway, Gateway]]:
    with Gateway("--emulators", "2") as one, Gateway("--emulators", "2", "--no-journal") as other:
        yield one, other


def test_more_games_than_a_gateway_has_are_refused_and_none_is_kept(pair: tuple[Gateway, Gateway]) -> None:
    gateway = pair[0]
    with pytest.raises(JoywireError, match=r"no_emulator: game [12]: "):
        JoywireVectorEnv(gateway.url, 3, observation="memory", wait_ms=50, **WALK)
    envs = JoywireVectorEnv(gateway.url, 2, observation="memory", **WALK)
    envs.close()


def test_games_of_several_gateways_play_together_and_go_on_when_one_is_killed(
    pair: tuple[Gateway, Gateway],
) -> None:
    urls = [gateway.url for gateway in pair]
    envs = JoywireVectorEnv(urls, 4, observation="memory", **WALK)
    envs.reset()
    assert envs.step([0, 0, 1, 1])[0][:, 1].tolist() == [11, 11, 9, 9]
    with joywire.sync.connect(urls[1], role="watch") as watcher:
        assert [each.state for each in watcher.emulators()] == ["leased", "leased"]
    pair[0].kill()
    pair[0].start()
    assert envs.step([1, 1, 1, 1])[0][:, 1].tolist() == [10, 10, 8, 8]
    # The other one keeps no journal: its games are lost, which is said once, and then they begin anew.
    pair[1].kill()
    pair[1].start()
    with pytest.raises(JoywireError, match="session_lost: game 1: "):
        while True:
            envs.step([0, 0, 0, 0])
    with pytest.raises(ResetNeeded):
        envs.step([0, 0, 0, 0])
    assert envs.reset()[0][:, 1].tolist() == [10, 10, 10, 10]
    envs.close()


def test_a_program_that_closes_nothing_ends_all_the_same(gateway: Gateway) -> None:
    program = "import sys, joywire.gym as g; envs = g.JoywireVectorEnv(sys.argv[1]); envs.reset(); del envs"
    paths = os.pathsep.join([str(ROOT / "client/python/src"), *sys.path])
    command = [sys.executable, "-W", "error", "-c", program, gateway.url]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=HUNG_S
    )
    assert (done.returncode, done.stderr) == (0, "")
