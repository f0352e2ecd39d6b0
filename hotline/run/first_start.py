"""What `hotline run` does before it starts the processes: tables, prompts, and the first accounts, printed once."""

import sys

from config.settings import Settings
from hotline.configured.parts import load_parts
from records.accounts import NewAccount, first_accounts
from records.engine import open_database
from records.upgrade import upgrade


def first_start(settings: Settings) -> None:
    """Idempotent. Raises ConfigError, DatabaseError or SealError with what to mend."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    upgrade(settings, lambda line: print(line, file=sys.stderr))
    load_parts(settings, progress)
    database = open_database(settings)
    try:
        made = database.do(first_accounts, settings.sip.realm)
    finally:
        database.close()
    if made:
        print(accounts_text(made, settings), flush=True)


def progress(done: int, total: int) -> None:
    """A line that counts prompts, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\rprompts {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def accounts_text(made: list[NewAccount], settings: Settings) -> str:
    """The first accounts with their passwords; nobody can read them again."""
    lines = ["First accounts. These passwords are shown this once; `hotline user password NAME` sets new ones."]
    for new in made:
        lines.append(f"  {new.account.name:<12} {new.account.role:<12} password {new.password}")
        if new.account.sip_user:
            lines.append(
                f"  {'':<12} phone        user {new.account.sip_user} password {new.sip_password}"
                f" at {settings.sip.host}:{settings.sip.port}"
            )
    return "\n".join(lines)
