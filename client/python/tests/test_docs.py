"""Every snippet of docs/python.md runs against a gateway."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway import ROOT, Gateway, in_loop

import joywire

PAGE = (ROOT / "docs" / "python.md").read_text()
#: The address in the snippets.
PORT = 8080


def snippets() -> list[tuple[str, str]]:
    """Each with the heading that it stands under."""
    found: list[tuple[str, str]] = []
    heading = ""
    for title, code in re.findall(r"^## ([^\n]*)$|^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        heading = title or heading
        if code:
            found.append((heading, code))
    return found


@pytest.fixture(scope="module")
def served() -> Iterator[Gateway]:
    with Gateway("--emulators", "12") as gateway:
        yield gateway


@pytest.mark.parametrize(("heading", "code"), snippets(), ids=[heading for heading, _ in snippets()])
@in_loop
async def test_a_snippet_runs(
    served: Gateway, heading: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = code.replace(str(PORT), str(served.port))
    whole = compile(text, heading, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    async with joywire.connect(served.url) as pad:
        await pad.send("W:60 START W:60 B")
        names = {"joywire": joywire, "asyncio": asyncio, "pad": pad}
        if "asyncio.run(" in code or "joywire.sync" in code:
            # A program of its own has no event loop around it.
            await asyncio.to_thread(exec, whole, names)
            return
        running = eval(whole, names)
        if inspect.isawaitable(running):
            await running


def test_there_are_snippets_for_everything() -> None:
    assert len(snippets()) >= 17
    shown = "".join(code for _, code in snippets())
    hidden = {
        "kick",
        "release",
        "sessions",
        "authenticate",
        "grant_control",
        "give_back",
        "take_control",
        "sound",
        "wait_closed",
        "group",
        "close",
        "events",
        "resumed",
        "server",
        "limits",
        "session",
        "emulator",
        "controls",
    }
    public = {name for name in vars(joywire.Pad) if not name.startswith("_") and not name.endswith("_nowait")}
    assert {name for name in public - hidden if f".{name}" not in shown} == set()
