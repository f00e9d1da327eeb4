"""A real gateway in a process of its own, and what tests want of it."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

P = ParamSpec("P")

#: The repository; the gateway was built into its ``dist``.
ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "test" / "fixtures"
#: The longest that a test may take before it counts as hung.
HUNG_S = 120


class Gateway:
    """``joywire serve`` on a free port."""

    def __init__(self, *flags: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name) / "log"
        data = str(Path(self._folder.name) / "data")
        command = ["node", "dist/server/main.js", "serve", "--port", "0", "--data", data, *flags]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        self.url = self._listening()
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._folder.cleanup()

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _listening(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("listening on http"):
                return line.split()[-1].replace("http", "ws", 1)
        raise AssertionError(f"the gateway did not start: {self._log.read_text()}")


def in_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Runs a test that is a coroutine."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), HUNG_S))

    return run
