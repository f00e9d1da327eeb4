"""Every snippet of docs/gym.md runs against a gateway."""

from __future__ import annotations

import re

import pytest
from gateway import ROOT, Gateway

PAGE = (ROOT / "docs" / "gym.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("code", SNIPPETS)
def test_a_snippet_runs(gateway: Gateway, code: str) -> None:
    exec(compile(code.replace("8080", str(gateway.port)), "docs/gym.md", "exec"), {})


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) == 3
