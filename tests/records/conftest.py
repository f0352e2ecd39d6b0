"""A home of its own and a real database for each test: SQLite, or the PostgreSQL that HOTLINE_TEST_POSTGRESQL names
(an SQLAlchemy URL; its public schema is emptied before each test).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from config.load import PACKAGED
from config.settings import Database as DatabaseSettings
from config.settings import Settings
from records.engine import Database, open_database
from records.upgrade import upgrade

POSTGRESQL = os.environ.get("HOTLINE_TEST_POSTGRESQL", "")


@pytest.fixture
def sqlite_only() -> None:
    if POSTGRESQL:
        pytest.skip("about SQLite's own file")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    if POSTGRESQL:
        engine = create_engine(POSTGRESQL)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    return Settings(home=tmp_path / "home", folder=PACKAGED, database=DatabaseSettings(url=POSTGRESQL))


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    upgrade(settings)
    database = open_database(settings)
    yield database
    database.close()
