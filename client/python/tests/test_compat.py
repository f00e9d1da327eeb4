"""The examples of the earlier client run word for word, in the order that they say, by the game's own record."""

from __future__ import annotations

import ast
import asyncio
import inspect
import logging
import re
import socket
import sys
import types
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from gateway import Gateway, in_loop
from recorder import RANGES, START_FRAMES, GameRecorder

import joywire.compat
import joywire.sync
from joywire import BUTTONS, Emulator
from joywire.compat import (
    BufferConfig,
    EmulatorPool,
    EmulatorPoolError,
    PokemonGymClient,
    ScriptCompiler,
)

EXAMPLES = Path(__file__).parent / "fixtures" / "earlier-client.md"
#: The port in the examples.
PORT = 8081
#: Every game starts from here, where its recorder runs.
STARTED = Emulator(state="started")


def examples() -> dict[str, str]:
    text = EXAMPLES.read_text()
    return dict(re.findall(r"^### ([^\n]*)\n\n```python\n(.*?)```", text, re.DOTALL | re.MULTILINE))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="module")
def served() -> Iterator[Gateway]:
    with Gateway("--emulators", "16", port=PORT if is_free(PORT) else 0) as gateway:
        with joywire.sync.connect(gateway.url) as pad:
            pad.send(f"W:{START_FRAMES}")
            pad.save("started")
        yield gateway


@pytest.fixture(autouse=True)
def alias(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples import from where the earlier client was."""
    package = types.ModuleType("claudelearnspokemon")
    monkeypatch.setitem(sys.modules, "claudelearnspokemon", package)
    monkeypatch.setitem(sys.modules, "claudelearnspokemon.input_buffer", joywire.compat)


class Stage:
    """Runs examples one after the other, each with the names that the ones before it left."""

    def __init__(self, gateway: Gateway) -> None:
        self._port = gateway.port
        self.names: dict[str, Any] = {
            "PokemonGymClient": partial(PokemonGymClient, emulator=STARTED),
            "EmulatorPool": partial(EmulatorPool, port=gateway.port, emulator=STARTED),
            "EmulatorPoolError": EmulatorPoolError,
            "script_compiler": ScriptCompiler(),
            "logger": logging.getLogger("example"),
        }

    async def run(self, title: str, **names: Any) -> None:
        text = examples()[title].replace(f"port={PORT}", f"port={self._port}")
        self.names.update(names)
        code = compile(text, title, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        running = eval(code, self.names)
        if inspect.isawaitable(running):
            await running


def pressed(client: PokemonGymClient) -> list[str]:
    """What the game was given, by its own record."""
    recorder = GameRecorder()
    recorder.drain(client.pad.memory(RANGES).ranges)
    names = {mask: name for name, mask in BUTTONS.items()}
    return [names[mask] for mask in recorder.pressed]


@in_loop
async def test_basic_async_input_and_batches(served: Gateway) -> None:
    stage = Stage(served)
    await stage.run("Basic Async Input Processing")
    with stage.names["client"] as client:
        assert pressed(client) == ["A", "B", "START", "A", "DOWN", "A", "B", "B", "START"]
        assert stage.names["result"]["inputs_processed"] == 3
        assert [result["inputs"] for result in stage.names["results"]] == stage.names["battle_sequence"]


@in_loop
async def test_rapid_inputs_and_their_figures(served: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    rapid = ["A", "B", "UP", "DOWN", "LEFT", "RIGHT"] * 5
    stage = Stage(served)
    with PokemonGymClient(served.port, "rapid", emulator=STARTED) as client:
        await stage.run("Optimized Input with Automatic Buffering", client=client, rapid_battle_inputs=rapid)
        assert pressed(client) == rapid
        await stage.run("Performance Monitoring")
        printed = capsys.readouterr().out
        assert re.fullmatch(r"Buffering efficiency: \d\.\d\d\nAverage batch size: \d+\.\d\n", printed)
        settings = client.pad.batching
        assert (settings.strategy, settings.max_wait_ms) == ("threshold", 2)
        assert (settings.max_batch_size, settings.high_frequency_threshold) == (12, 6)
        many = ["A", "B"] * 20
        await asyncio.gather(*(stage.names["manager"].send_input_optimized(name) for name in many))
        assert pressed(client) == rapid + many
        stats = stage.names["manager"].get_performance_stats()
        assert stats["total_inputs"] == len(rapid + many)
        assert stats["buffering_ratio"] > 0.5 and stats["avg_batch_size"] > 1


@in_loop
async def test_an_emulator_pool(served: Gateway) -> None:
    stage = Stage(served)
    await stage.run("EmulatorPool Integration")
    pool = stage.names["pool"]
    assert pressed(stage.names["client"]) == ["A", "B", "START"]
    held = [pool.acquire() for _ in range(4)]
    with pytest.raises(EmulatorPoolError, match="no_emulator"), pool.acquire_emulator(timeout=0.01):
        pass
    for client in held:
        pool.release(client)
    pool.shutdown()


@in_loop
async def test_a_compiled_script(served: Gateway) -> None:
    stage = Stage(served)
    with PokemonGymClient(served.port, "script", emulator=STARTED) as client:
        await stage.run("Script Compiler Integration", client=client)
        assert pressed(client) == ["A", "B", "START", "SELECT"]
        assert stage.names["optimized_result"]["status"] == "success"
        assert stage.names["compiled_script"].inputs == 4
    with pytest.raises(EmulatorPoolError, match="line 1, column 3"):
        ScriptCompiler().compile("A NOPE")


@in_loop
async def test_what_goes_wrong_is_caught_and_done_one_by_one(served: Gateway) -> None:
    stage = Stage(served)
    with PokemonGymClient(served.port, "errors", emulator=STARTED) as client:
        sequences = ["A B", "UP", "DOWN START"]
        await stage.run("Error Handling Strategy", client=client, sequences=sequences)
        assert pressed(client) == ["A", "B", "UP", "DOWN", "START"]
        assert [result["inputs_processed"] for result in stage.names["results"]] == [2, 1, 2]
        with pytest.raises(EmulatorPoolError, match="script_error"):
            await stage.run("Error Handling Strategy", sequences=["NOPE"])
        # What the gateway rejects is raised too.
        with pytest.raises(EmulatorPoolError, match="unsupported"):
            await client.send_input_async("A R")


def test_what_waits_is_done_as_ever(served: Gateway) -> None:
    stage = Stage(served)
    asyncio.run(stage.run("Existing API Preserved"))
    with stage.names["client"] as client:
        assert pressed(client) == ["A", "B", "START"]
        assert stage.names["result"]["frame"] == 48


def test_a_game_that_is_not_to_be_had_says_so(served: Gateway) -> None:
    nowhere = PokemonGymClient(port=9)
    with pytest.raises(EmulatorPoolError, match="connection_failed"):
        nowhere.send_input("A")
    with pytest.raises(EmulatorPoolError, match="no_emulator"):
        EmulatorPool(17, served.port, emulator=Emulator(wait_ms=0)).initialize()
    with pytest.raises(EmulatorPoolError, match="no_emulator"):
        EmulatorPool().acquire()


def test_settings_have_the_defaults_of_old() -> None:
    config = BufferConfig()
    assert (config.max_wait_ms, config.max_batch_size, config.high_frequency_threshold) == (3, 8, 5)
