"""Whole hotlines for tests that need a process, a phone or a browser; ended by pid when the tests are over."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.running import Hotline, Seat


@pytest.fixture(scope="session")
def hotline() -> Iterator[Hotline]:
    """One hotline with both stand-ins for all tests that leave it as they found it."""
    with TemporaryDirectory(prefix="hl-") as home:
        running = Hotline(Path(home))
        try:
            running.start_standin("online")
            running.start_standin("window")
            running.start()
            yield running
        finally:
            running.stop()


@pytest.fixture
def make_hotline() -> Iterator[Callable[..., Hotline]]:
    """Makes hotlines for tests that break them; not started yet."""
    made: list[tuple[Hotline, TemporaryDirectory[str]]] = []

    def make(settings: str = "") -> Hotline:
        home = TemporaryDirectory(prefix="hl-")
        made.append((Hotline(Path(home.name), settings), home))
        return made[-1][0]

    yield make
    for hotline, home in made:
        hotline.stop()
        home.cleanup()


@pytest.fixture
def seat(hotline: Hotline, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Seat]:
    name = re.sub(r"[^a-z0-9]", "-", request.node.name.lower())[:40]
    seat = Seat(hotline, "a-" + name, tmp_path)
    yield seat
    hotline.cli("agent", "pause", seat.name)
    seat.close()
