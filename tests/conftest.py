"""A home of its own and a real database for each test that asks for them."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from config.load import PACKAGED
from config.settings import Settings
from records.engine import Database, open_database
from records.upgrade import upgrade

# Nothing is timed in a test: how long an example takes says what else the machine does.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", folder=PACKAGED)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    upgrade(settings)
    database = open_database(settings)
    yield database
    database.close()
