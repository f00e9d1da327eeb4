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

    def __init__(self, *flags: str, port: int = 0) -> None:
        self._flags = flags
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name) / "log"
        self.port = port
        self.start()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def start(self) -> None:
        """On the same port and data as before, if there was a before."""
        data = str(Path(self._folder.name) / "data")
        command = ["node", "dist/server/main.js", "serve", "--port", str(self.port), "--data", data]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [*command, *self._flags], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.port = self._listening()

    def kill(self) -> None:
        """As ``kill -9`` does."""
        self._process.kill()
        self._ended()

    def terminate(self) -> None:
        """Lets it see its sessions out."""
        self._process.terminate()
        self._ended()

    def stop(self) -> None:
        """For good."""
        if self._process.poll() is None:
            self.terminate()
        self._folder.cleanup()

    def _ended(self) -> None:
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _listening(self) -> int:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("listening on http"):
                return int(line.rsplit(":", 1)[1])
        raise AssertionError(f"the gateway did not start: {self._log.read_text()}")


def in_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Runs a test that is a coroutine."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), HUNG_S))

    return run
