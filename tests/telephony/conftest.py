"""What several tests of telephony are given: the hotline as configured, an edge's home."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.load import load_settings
from hotline.configured.parts import Read, read_files
from ivr.scripts import SILENT, Script
from knowledge.intents import phrases
from tests.telephony.edge_house import House


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTLINE_HOME", str(tmp_path_factory.mktemp("home")))
        return read_files(load_settings())


@pytest.fixture(scope="session")
def script(read: Read) -> Script:
    sounds = {name: f"{name}.wav" for name in read.wording.sounds()}
    parts = {phrase.strip(SILENT): f"{phrase}.wav" for phrase in phrases(read.intents)}
    return Script(
        read.tree,
        read.intents,
        {name: (sounds[name],) for name in read.wording.texts if name in sounds},
        parts,
        music="music.wav",
        callback_key=read.callbacks.key,
        callable=read.callbacks.callable,
        services=read.offering,
        templates=read.wording.templates(),
        parts=sounds,
        needs=read.needs,
    )


@pytest.fixture(scope="session")
def whole(script: Script, read: Read) -> Script:
    """All that a call can meet, as it is configured."""
    return replace(
        script,
        beep="beep.wav",
        voicemail=read.voicemail,
        overload=read.overload,
        emergencies=read.emergencies,
        neighbour=read.neighbour,
    )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """For an edge process of its own; the test starts it."""
    made = House(tmp_path)
    yield made
    made.close()
