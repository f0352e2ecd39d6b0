from pathlib import Path

import pytest

from config.load import PACKAGED
from knowledge.intents import Intents
from knowledge.loading import load_intents


@pytest.fixture(scope="session")
def intents(tmp_path_factory: pytest.TempPathFactory) -> Intents:
    return load_intents(PACKAGED / "intents", kept=tmp_path_factory.mktemp("kept"))


def pairs(name: str) -> list[tuple[str, str]]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [(label, text) for label, text in rows]


@pytest.fixture(scope="session")
def heldout() -> list[tuple[str, str]]:
    return pairs("heldout.txt")


@pytest.fixture(scope="session")
def past_danger() -> list[tuple[str, str]]:
    return pairs("past_danger.txt")


@pytest.fixture(scope="session")
def held_out_dev() -> list[tuple[str, str]]:
    return pairs("held_out_dev.tsv")


@pytest.fixture(scope="session")
def strangers() -> list[tuple[str, str]]:
    return pairs("strangers.tsv")
