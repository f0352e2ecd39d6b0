"""The log a call is in: its own entries, and those of the whole run of the core, on which what was decided depends."""

from config.settings import Settings
from hotline.commands import CommandError
from records import calllog
from records.calllog import Entry
from records.engine import open_database


def log_around(settings: Settings, call: str) -> tuple[list[Entry], list[Entry]]:
    """The entries of `call`, and all of its run of the core, oldest first. Raises CommandError for an unknown call."""
    database = open_database(settings)
    try:
        logged = database.read(calllog.of_call, call)
        if not logged:
            raise CommandError(f"{call}: there is no such call; see `hotline calls`")
        return logged, database.read(calllog.of_boot, logged[0].boot)
    finally:
        database.close()
