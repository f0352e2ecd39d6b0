"""The PostgreSQL that HOTLINE_TEST_POSTGRESQL names (an SQLAlchemy URL), for tests that also run on it."""

import os
from pathlib import Path

from sqlalchemy import create_engine, text

from config.load import PACKAGED
from config.settings import Database as DatabaseSettings
from config.settings import Settings

POSTGRESQL = os.environ.get("HOTLINE_TEST_POSTGRESQL", "")


def settings_on(home: Path) -> Settings:
    """SQLite in `home`, or PostgreSQL where it is named; its public schema is emptied."""
    if POSTGRESQL:
        engine = create_engine(POSTGRESQL)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    return Settings(home=home, folder=PACKAGED, database=DatabaseSettings(url=POSTGRESQL))
