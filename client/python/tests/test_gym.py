"""A game as an environment of Gymnasium, against a real gateway with the game that ships."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from cartridge import MBC2, TRAPS_ON_A, cartridge
from gateway import Gateway
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.utils.env_checker import check_env

import joywire.sync
from joywire import Emulator, JoywireError
from joywire.gym import GameMemory, JoywireEnv
from joywire.gym.memory import places_of
from joywire.socket import Socket

START = "W:60 START W:60"
#: Mode, x, y, facing.
PLAYER = (0xC010, 4)
X, Y = 0xC011, 0xC012
WALK: dict[str, Any] = {"hold": 8, "gap": 8, "observation": "memory", "memory": [PLAYER], "start": START}


def play(env: gymnasium.Env[Any, Any], actions: list[int], seed: int = 7) -> list[Any]:
    """Everything that an episode shows."""
    seen: list[Any] = [env.reset(seed=seed)]
    seen += [env.step(action) for action in actions]
    return seen


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasium_finds_nothing_wrong_with_the_registered_environment(
    gateway: Gateway, render_mode: str | None
) -> None:
    env = gymnasium.make("joywire/Overworld-v0", url=gateway.url, render_mode=render_mode)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)
    env.close()


@pytest.mark.parametrize(
    "options",
    [
        {"observation": "screen"},
        {"observation": "screen", "scale": 2},
        {"observation": "screen", "grayscale": True},
        {"observation": "both", "scale": 2, "grayscale": True, "hash": True},
    ],
)
def test_gymnasium_finds_nothing_wrong_with_any_kind_of_observation(
    gateway: Gateway, options: dict[str, Any]
) -> None:
    env = JoywireEnv(gateway.url, memory=[PLAYER], start=START, render_mode="rgb_array", **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # It has no spec to be made again from, as it was not made by gymnasium.make.
        warnings.filterwarnings("ignore", "(?s).*Not able to test alternative render modes")
        check_env(env)
    env.close()


def test_the_same_seed_and_actions_give_the_same_episode_to_the_pixel(gateway: Gateway) -> None:
    actions = [int(number) for number in np.random.default_rng(3).integers(9, size=40)]
    options: dict[str, Any] = {"observation": "both", "memory": [PLAYER], "start": START, "hash": True}
    first, second = JoywireEnv(gateway.url, **options), JoywireEnv(gateway.url, **options)
    episodes = [play(first, actions), play(second, actions), play(first, actions)]
    first.close()
    second.close()
    hashes = [info["hash"] for *_, info in episodes[0]]
    assert len(set(hashes)) > 10
    for other in episodes[1:]:
        assert [info for *_, info in other] == [info for *_, info in episodes[0]]
        for (seen, *_), (expected, *_) in zip(other, episodes[0], strict=True):
            assert np.array_equal(seen["screen"], expected["screen"])
            assert np.array_equal(seen["memory"], expected["memory"])


def test_an_action_is_a_script_whose_presses_have_the_frames_of_the_environment(gateway: Gateway) -> None:
    actions = [
        "",
        "RIGHT",
        "RIGHT:4:12",
        "A+B",
        "W:30",
        "(RIGHT*2 DOWN)",
        "RIGHT LEFT # a comment",
        "(RIGHT*20){stop 0xC011==13}",
        "(RIGHT*2){go 0xC011==99} B",
        "A{wait 0xC010==9 20}",
    ]
    env = JoywireEnv(gateway.url, **WALK, actions=actions)
    assert env.action_space == gymnasium.spaces.Discrete(len(actions))
    seen = []
    for number in range(len(actions)):
        env.reset()
        (_, x, y, _), _, _, _, info = env.step(number)
        assert info["frame"] == info["frames"]
        seen.append((int(x), int(y), info["frames"], len(env.outcomes)))
    env.close()
    assert seen == [
        (10, 10, 16, 1),
        (11, 10, 16, 1),
        (11, 10, 16, 1),
        (10, 10, 16, 1),
        (10, 10, 30, 1),
        (12, 11, 48, 3),
        (10, 10, 32, 2),
        (13, 10, 48, 20),
        (10, 10, 16, 3),
        (10, 10, 20, 1),
    ]


def test_rewards_and_ends_are_decided_by_the_memory_before_and_after(gateway: Gateway) -> None:
    env = JoywireEnv(
        gateway.url,
        **WALK,
        actions=["RIGHT", "LEFT"],
        reward=lambda before, after: after[X] - before[X],
        terminated=lambda _, after: after[X] == 13,
        truncated=lambda before, after: (before[X], after[X]) == (10, 9),
        max_steps=4,
    )
    env.reset()
    assert [env.step(0)[1:4] for _ in range(3)] == [(1, False, False), (1, False, False), (1, True, False)]
    with pytest.raises(ResetNeeded):
        env.step(0)
    env.reset()
    assert env.step(1)[1:4] == (-1, False, True)
    env.reset()
    assert [env.step(number)[3] for number in (0, 1, 0, 1)] == [False, False, False, True]
    env.close()


def test_pictures_are_reduced_as_the_screen_channel_reduces_them(gateway: Gateway) -> None:
    seen = {}
    for name, options in {
        "full": {},
        "half": {"scale": 2},
        "grey": {"grayscale": True},
        "small": {"scale": 2, "grayscale": True},
    }.items():
        env = JoywireEnv(gateway.url, start=START, **options)  # type: ignore[arg-type]
        seen[name], _ = env.reset()
        assert seen[name] in env.observation_space
        seen[name][0] = 0  # It may be written to.
        seen[name], _ = env.reset()
        env.close()
    with joywire.sync.connect(gateway.url) as pad:
        pad.send(START)
        with pad.pictures(scale=2) as pictures:
            half = next(pictures).array()
    assert np.array_equal(seen["half"], half)
    weights = np.array([77, 150, 29])
    assert np.array_equal(seen["grey"], (seen["full"] @ weights) >> 8)
    assert np.array_equal(seen["small"], (half @ weights) >> 8)


def test_it_renders_what_is_on_the_screen_whatever_the_agent_sees(gateway: Gateway) -> None:
    blind = JoywireEnv(gateway.url, **WALK, render_mode="rgb_array")
    seeing = JoywireEnv(gateway.url, start=START, hold=8, gap=8, render_mode="rgb_array")
    silent = JoywireEnv(gateway.url, **WALK)
    for env in (blind, seeing, silent):
        env.reset()
    for action in (5, 8, 1):
        picture = seeing.step(action)[0]
        blind.step(action)
        for rendered in (seeing.render(), blind.render()):
            assert rendered is not None and np.array_equal(rendered, picture)
    assert silent.render() is None
    for env in (blind, seeing, silent):
        env.close()


def test_a_reset_begins_at_any_checkpoint_and_a_seed_draws_among_several(gateway: Gateway) -> None:
    with joywire.sync.connect(gateway.url) as pad:
        pad.send(START)
        for name in ("gym-a", "gym-b"):
            pad.send("RIGHT")
            pad.save(name)
    env = JoywireEnv(gateway.url, **{**WALK, "start": "", "state": ["gym-a", "gym-b"]})
    drawn = {}
    for seed in range(8):
        (_, x, _, _), info = env.reset(seed=seed)
        drawn[seed] = info["state"]
        assert x == {"gym-a": 11, "gym-b": 12}[info["state"]]
        assert env.reset(seed=seed)[1]["state"] == drawn[seed]
    assert set(drawn.values()) == {"gym-a", "gym-b"}
    with pytest.raises(JoywireError, match=r"unknown_checkpoint: state 'nowhere'"):
        env.reset(options={"state": "nowhere"})
    with pytest.raises(ResetNeeded):
        env.step(0)
    for wrong in ({"state": 3}, {"level": 1}):
        with pytest.raises(JoywireError, match="invalid_argument: options"):
            env.reset(options=wrong)
    assert env.reset(options={"state": "gym-b"})[0][1] == 12
    assert env.step(5)[0][1] == 13
    env.close()


@pytest.mark.parametrize("action", [9, -1, 2.5, None, "A", True])
def test_what_is_no_action_is_refused_and_nothing_is_played(gateway: Gateway, action: Any) -> None:
    env = JoywireEnv(gateway.url, **WALK)
    env.reset()
    with pytest.raises(JoywireError, match=r"invalid_argument: action: got .*; allowed: 0 to 8"):
        env.step(action)
    assert env.step(np.int64(5))[4]["frame"] == 16
    env.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"observation": "sound"}, "observation: got 'sound'; allowed: screen, memory, both"),
        ({"observation": "memory"}, "memory: an observation of memory needs at least one range"),
        ({"reward": lambda a, b: 0}, "memory: reward needs at least one range"),
        ({"memory": [(0xFFFF, 2)]}, r"memory: got \(65535, 2\); allowed: "),
        ({"memory": [(0xC000, 0)]}, "memory: got"),
        ({"memory": [0xC000]}, "memory: got 49152; allowed: "),
        ({"memory": [(0xC000, 4096)] * 17}, "memory: got more than 65536 bytes; allowed: "),
        ({"memory": [(0xC000, 1)] * 65}, "memory: got 65 ranges; allowed: at most 64"),
        ({"scale": 3}, "scale: got 3; allowed: 1, 2"),
        ({"hold": -1}, "hold: got -1; allowed: 0 to 36000 frames"),
        ({"gap": 1.5}, "gap: got 1.5; allowed"),
        ({"max_steps": 0}, "max_steps: got 0; allowed"),
        ({"actions": []}, r"actions: got \[\]; allowed: a list of scripts"),
        ({"actions": "A"}, "actions: got 'A'; allowed: a list of scripts"),
        ({"actions": ["A", "C"]}, "script_error: "),
        ({"state": []}, r"state: got \[\]; allowed"),
        ({"state": "a", "start": "A"}, "start, state: episodes begin at one of them"),
        ({"render_mode": "human"}, "render_mode: got 'human'; allowed: rgb_array, None"),
        ({"connect": {"pace": "realtime"}}, "connect: an environment decides on pace itself"),
        ({"connect": {"emulator": Emulator(state="a")}}, "connect: episodes begin at the option state"),
        ({"state": "nowhere"}, "unknown_checkpoint: "),
        ({"rom": "nowhere"}, "unknown_emulator: "),
        ({"connect": {"emulator": Emulator(kind="noop")}}, "unknown_emulator: "),
    ],
)
def test_wrong_options_are_refused_by_name(gateway: Gateway, options: Any, message: str) -> None:
    with pytest.raises(JoywireError, match=message):
        JoywireEnv(gateway.url, **options)


def test_unknown_options_are_refused(gateway: Gateway) -> None:
    with pytest.raises(TypeError, match="frameskip"):
        JoywireEnv(gateway.url, frameskip=4)  # type: ignore[call-arg]


def test_a_closed_environment_says_so_and_may_be_closed_again(gateway: Gateway) -> None:
    env = JoywireEnv(gateway.url, **WALK)
    with pytest.raises(ResetNeeded):
        env.step(0)
    env.reset()
    env.close()
    env.close()
    for use in (env.reset, lambda: env.step(0), env.render):
        with pytest.raises(ClosedEnvironmentError):
            use()


def test_memory_is_read_by_address() -> None:
    memory = GameMemory(bytes([1, 2, 3, 9]), places_of([(0xC018, 3), (0xFF80, 1)]))
    assert (memory[0xC018], memory[0xFF80], memory[0xC019:0xC01B]) == (1, 9, b"\x02\x03")
    assert memory.number(0xC018, 2) == 0x0201
    assert memory == GameMemory(bytes([1, 2, 3, 9]), {}) and memory != GameMemory(b"", {})
    with pytest.raises(KeyError, match="0xC01B is not read"):
        memory[0xC01B]


@pytest.fixture
def small() -> Iterator[Gateway]:
    with Gateway("--emulators", "1", "--no-journal") as gateway:
        yield gateway


def test_a_second_environment_waits_for_the_only_game_or_says_that_there_is_none(small: Gateway) -> None:
    env = JoywireEnv(small.url, **WALK)
    with pytest.raises(JoywireError, match="no_emulator"):
        JoywireEnv(small.url, **WALK, wait_ms=0)
    in_line = threading.Event()
    made: list[JoywireEnv] = []

    def make() -> None:
        connect: Any = {"on_waiting": lambda place: in_line.set()}
        made.append(JoywireEnv(small.url, **WALK, wait_ms=60_000, connect=connect))

    thread = threading.Thread(target=make)
    thread.start()
    assert in_line.wait(60)
    env.close()
    thread.join()
    assert made[0].reset()[0][1] == 10
    made[0].close()


def test_a_game_without_memory_or_states_is_refused_by_what_is_missing(tmp_path: Path) -> None:
    rom = tmp_path / "mbc2.gb"
    rom.write_bytes(cartridge(kind=MBC2))
    with Gateway("--emulators", "1", "--no-journal", "--rom", str(rom)) as gateway:
        with pytest.raises(JoywireError, match="unsupported: states: an environment needs it to go back"):
            JoywireEnv(gateway.url)
        with pytest.raises(JoywireError, match="unsupported: memory"):
            JoywireEnv(gateway.url, observation="memory", memory=[PLAYER])


@pytest.mark.parametrize(
    ("journal", "code"), [("--journal", "entry_fatal"), ("--no-journal", "emulator_crashed")]
)
def test_a_game_that_dies_truncates_its_episode_and_the_next_one_begins(
    tmp_path: Path, journal: str, code: str
) -> None:
    rom = tmp_path / "illegal.gb"
    rom.write_bytes(cartridge(TRAPS_ON_A))
    with Gateway("--emulators", "1", journal, "--rom", str(rom)) as gateway:
        env = JoywireEnv(gateway.url, actions=["", "A"], observation="memory", memory=[(0xC000, 2)])
        first, _ = env.reset()
        for _ in range(2):
            env.step(0)
            seen, reward, terminated, truncated, info = env.step(1)
            assert (reward, terminated, truncated, info["lost"], info["frame"]) == (0, False, True, code, 24)
            assert seen in env.observation_space
            again, info = env.reset()
            assert np.array_equal(again, first) and info["frame"] == 0
        env.close()


def test_an_episode_goes_on_over_a_gateway_that_is_killed_and_started_anew() -> None:
    actions = [5, 5, 8, 8, 6, 5, 7, 8]
    options: dict[str, Any] = {**WALK, "hash": True}
    with Gateway("--emulators", "2") as gateway:
        undisturbed = JoywireEnv(gateway.url, **options)
        expected = [info for *_, info in play(undisturbed, actions)]
        env = JoywireEnv(gateway.url, **options)
        seen = [env.reset()[1]]
        for count, action in enumerate(actions):
            if count in (2, 5):
                gateway.kill()
                gateway.start()
            seen.append(env.step(action)[4])
        assert seen == expected
        assert env.reset()[1] == expected[0]
        env.close()
        undisturbed.close()


def test_a_session_that_is_lost_is_said_and_the_next_reset_opens_another(small: Gateway) -> None:
    """A gateway without a journal knows nothing any more, not even the checkpoint."""
    env = JoywireEnv(small.url, **WALK)
    first = env.reset()
    small.kill()
    small.start()
    with pytest.raises(JoywireError, match="session_lost"):
        while True:
            env.step(5)
    with pytest.raises(JoywireError, match=r"session_(lost|ended)"):
        env.step(5)
    again = env.reset()
    assert np.array_equal(again[0], first[0]) and again[1] == first[1]
    assert env.step(5)[0][1] == 11
    env.close()


def test_what_an_admin_takes_away_is_said_too(gateway: Gateway) -> None:
    env = JoywireEnv(gateway.url, **WALK)
    env.reset()
    with joywire.sync.connect(gateway.url, role="watch") as admin:
        [mine] = [each for each in admin.emulators() if each.label == "gym"]
        admin.release(emulator=mine.id)
    with pytest.raises(JoywireError):
        env.step(5)
    assert env.reset()[0][1] == 10
    env.close()


def test_a_step_and_a_reset_are_one_write_each(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent for one of them leaves together, so that only one round trip is waited for."""
    env = JoywireEnv(gateway.url, **WALK)
    writes: list[int] = []
    send = Socket.send

    def counted(socket: Socket, messages: list[bytes], text: bool) -> None:
        writes.append(len(messages))
        send(socket, messages, text)

    monkeypatch.setattr(Socket, "send", counted)
    env.reset()
    for action in (5, 0, 6):
        env.step(action)
    # A checkpoint is loaded and looked at; each action is one group.
    assert writes == [2, 1, 1, 1]
    env.close()
