"""The synchronous face, against a real gateway."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading

import pytest
from gateway import Gateway

import joywire.sync
from joywire import Batching, Emulator, JoywireError, Observe, Press

PLAYER = (0xC011, 2)


def test_an_agent_walks_without_asyncio(gateway: Gateway) -> None:
    with joywire.sync.connect(gateway.url, label="sync") as pad:
        pad.send("W:60 START W:60 B")
        x, y = pad.memory(*PLAYER).data
        pressed = [pad.press_nowait("RIGHT") for _ in range(3)]
        outcomes = [*(future.result() for future in pressed), pad.press("RIGHT")]
        outcomes += pad.group(["RIGHT", Press("RIGHT"), "LEFT"], observe=Observe(memory=[PLAYER]))
        assert [outcome.seq for outcome in outcomes] == list(range(5, 12))
        assert outcomes[-1].observed.memory == (bytes([x + 5, y]),)
        assert pad.screen().array().shape == (144, 160, 3)
        assert pad.controls and pad.credit[1] == 0
    assert pad.state.status == "closed"


def test_streams_are_iterated(gateway: Gateway) -> None:
    with joywire.sync.connect(gateway.url) as pad:
        events = pad.events()
        with pad.pictures() as pictures, pad.stats(interval_ms=100) as stats:
            pad.send("W:60 START W:60")
            for picture in pictures:
                assert picture.png().startswith(b"\x89PNG")
                break
            assert [next(stats).session for _ in range(2)] == [pad.session] * 2
    assert list(events) == []


def test_everything_else_answers_too(gateway: Gateway) -> None:
    with joywire.sync.connect(gateway.url, batching=Batching(strategy="eager")) as pad:
        pad.keys("A")
        pad.keys_nowait("").result()
        assert pad.save("sync").checkpoint == "sync"
        assert "sync" in [checkpoint.name for checkpoint in pad.checkpoints()]
        pad.upload_checkpoint("sync", pad.download_checkpoint("sync").data)
        assert pad.load("sync").executed and pad.reset().executed and pad.pace("turbo").executed
        pad.delete_checkpoint("sync")
        assert pad.configure(observe=None).batching == pad.batching
        assert pad.read_stats().since_start.inputs > 0
        assert pad.emulators() and pad.roms() and pad.sessions()
        assert pad.call("roms") == pad.call_nowait("roms").result()
        pad.flush()
        pad.cancel()


def test_errors_are_raised_where_it_was_called(gateway: Gateway) -> None:
    with joywire.sync.connect(gateway.url) as pad:
        with pytest.raises(JoywireError) as raised:
            pad.press("NOPE")
        assert raised.value.code == "invalid_argument"
        with pytest.raises(JoywireError) as raised:
            pad.press_nowait("NOPE").result()
        assert raised.value.code == "invalid_argument"
    with pytest.raises(JoywireError) as raised:
        pad.press("A")
    assert raised.value.code == "session_ended"
    with pytest.raises(JoywireError) as raised:
        joywire.sync.connect(gateway.url, emulator=Emulator(kind="none"))
    assert raised.value.code == "unknown_emulator"


def test_several_threads_share_a_pad_and_each_keeps_its_order(gateway: Gateway) -> None:
    with joywire.sync.connect(gateway.url) as pad:
        seqs: dict[int, list[int]] = {}

        def play(number: int) -> None:
            pressed = [pad.press_nowait("A", 1, 1) for _ in range(50)]
            seqs[number] = [future.result().seq for future in pressed]

        threads = [threading.Thread(target=play, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(mine == sorted(mine) for mine in seqs.values())
        assert sorted(seq for mine in seqs.values() for seq in mine) == list(range(1, 201))


def test_a_listener_that_would_wait_for_itself_is_told_so(gateway: Gateway) -> None:
    with joywire.sync.connect(gateway.url) as pad:
        told: list[str] = []
        done = threading.Event()

        def listen(_: object) -> None:
            try:
                pad.press("A")
            except JoywireError as error:
                told.append(error.code)
            done.set()

        off = pad.on("ack", listen)
        pad.press("A")
        assert done.wait(30)
        off()
        assert told == ["invalid_argument"]


def test_a_pool_hands_out_sessions_and_takes_them_back(gateway: Gateway) -> None:
    with joywire.sync.Pool(gateway.url) as pool:
        with pool.acquire() as pad:
            assert pad.press("A").executed
            assert pool.acquired == 1
        held = pool.acquire(label="held")
    assert held.state.status == "closed"


def test_a_session_that_nobody_has_any_more_is_left(gateway: Gateway) -> None:
    with joywire.sync.connect(gateway.url) as pad:
        stream = joywire.sync.connect(gateway.url, label="let go").stats(interval_ms=100)
        assert next(stream).label == "let go"
        assert "let go" in labels(pad)
        del stream
        gc.collect()
        while "let go" in labels(pad):
            pad.press("A")


def test_a_program_that_ends_leaves_its_sessions(gateway: Gateway) -> None:
    program = (
        "import sys, joywire.sync; pad = joywire.sync.connect(sys.argv[1], label='ended'); pad.press('A')"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program, gateway.url], check=True, timeout=60, env=environment)
    with joywire.sync.connect(gateway.url) as pad:
        while "ended" in labels(pad):
            pad.press("A")


def labels(pad: joywire.sync.Pad) -> list[str | None]:
    return [listing.label for listing in pad.sessions()]
