"""Tickets are tested on SQLite, or on the PostgreSQL that HOTLINE_TEST_POSTGRESQL names."""

from pathlib import Path

import pytest

from config.settings import Settings
from tests.postgresql import settings_on


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_on(tmp_path / "home")
