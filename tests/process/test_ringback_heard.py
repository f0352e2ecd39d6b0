"""A phone that holds by itself, and the ringback of who waits for another phone: by ear, over edge, core and worker."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from tests.process.house import samples_of, strongest
from tests.process.test_call_control_heard import NUMBER, SILENT, House
from tests.running import Hotline

TONE = 450  # Hz
LOUD = 1500.0  # of 6000 played
RATE = 8000


@pytest.fixture
def house(make_hotline: Callable[..., Hotline], tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(make_hotline, stack, tmp_path)


def listened(house: House, name: str, seconds: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    """What this phone hears for so long."""
    house.takes += 1
    file = house.folder / f"{house.takes}-{name}.wav"
    house.phones[name].record(file)
    time.sleep(seconds)
    house.phones[name].stop_recording()
    while house.phones[name].wait("recorded")["file"] != str(file):
        pass
    return samples_of(file)[:, 0]


def rings(sound: "np.ndarray[tuple[int, ...], np.dtype[np.int16]]") -> list[bool]:
    """For each tenth of a second whether the ringback is on (Goertzel's sum at one frequency)."""
    step = RATE // 10
    wave = np.exp(-2j * np.pi * TONE * np.arange(step) / RATE)
    pieces = (sound[at : at + step] for at in range(0, len(sound) - step, step))
    return [bool(abs(np.dot(piece, wave)) * 2 / step > LOUD) for piece in pieces]


def test_a_phone_holds_and_takes_back(house: House) -> None:
    assert house.heard("caller", "li") == {"caller": {"li"}, "li": {"caller"}}
    house.li.phone.hold()
    house.wait("held")
    assert house.heard("caller") == {"caller": {"music"}}, "ours, and not what the phone says"
    house.li.phone.take_back()
    house.wait("talk")
    assert house.heard("caller", "li") == {"caller": {"li"}, "li": {"caller"}}


def test_who_consults_hears_how_it_rings(house: House) -> None:
    house.ask("consult", kind="number", target=NUMBER)
    house.outside.wait("incoming", 30)
    on = rings(listened(house, "li", 11.0))
    spells = "".join("1" if each else "0" for each in on).strip("0").split("0000000000")
    lengths = [len(spell.strip("0")) for spell in spells if spell.strip("0")]
    assert len(lengths) >= 2, (
        on,
        [int(strongest(listened(house, "li", 3.0)[at : at + 800], 450)) for at in range(0, 20000, 800)],
    )
    assert all(length <= 12 for length in lengths) and max(lengths) >= 8, f"1 s of 5: {on}"
    assert house.heard("caller") == {"caller": {"music"}}
    house.outside.answer()
    house.up("outside")
    house.wait("consult")
    after = listened(house, "li", 6.0)[RATE // 2 :]
    assert not any(rings(after)), "until it is answered"
    assert strongest(after[-4000:], 3100) > SILENT, "then they talk"
