"""The example that learns, in a short form."""

from __future__ import annotations

import os
import subprocess
import sys

from gateway import ROOT, Gateway


def test_the_example_learns_the_way_to_the_tile_and_beats_chance() -> None:
    """It says so by its exit code: every game reaches the tile by what was learned, and not by chance."""
    short = ["--steps", "300", "--goal", "16", "12"]
    paths = os.pathsep.join([str(ROOT / "client/python/src"), *sys.path])
    # It plays on eight games at once: sessions that other tests let expire must not have any of them.
    with Gateway("--emulators", "8") as gateway:
        done = subprocess.run(
            [sys.executable, str(ROOT / "examples/python/train.py"), gateway.url, *short],
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the way in 8 steps: " in done.stdout
    assert "by what was learned: 100%" in done.stdout
