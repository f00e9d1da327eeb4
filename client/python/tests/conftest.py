from __future__ import annotations

from collections.abc import Iterator

import pytest
from gateway import Gateway


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    """One gateway with games for all tests that leave no trace in it."""
    with Gateway("--emulators", "8") as running:
        yield running
