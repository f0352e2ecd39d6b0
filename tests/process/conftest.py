"""Whole hotlines for tests that need a process, a phone or a browser; ended by pid when the tests are over."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from telephony.softphone.remote import Softphone
from tests.process.house import House, free_port, tone
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


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("h"))
    yield made
    made.close()


@pytest.fixture
def caller() -> Iterator[Softphone]:
    with Softphone("13800001111", rtp_port=free_port() & ~1) as phone:
        yield phone


@pytest.fixture
def agent(house: House, tmp_path: Path) -> Iterator[Softphone]:
    speech = tone(tmp_path / "agent-speaks.wav", 1000, 30)
    heard = tmp_path / "agent.wav"
    with Softphone(
        "1001", sip_port=house.inside, rtp_port=free_port() & ~1, answer_after=0.1, play=speech, record=heard
    ) as phone:
        yield phone
