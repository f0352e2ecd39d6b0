"""`hotline calls`, `tickets`, `user`, `db`: what the database holds, and who may sign in.

Numbers are printed masked; seeing them whole is noted in the audit trail first.
"""

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from time import time
from typing import Any

from sqlalchemy.orm import Session

from hotline.asking import tell_if_running
from hotline.commands import CommandError, Commands, command, print_rows, settings_of
from records import accounts, audit, calllog, callrecords
from records.engine import Database, open_database
from records.errors import DatabaseError
from records.masking import masked
from records.sealing import SealError
from records.upgrade import upgrade
from tickets.numbers import BEIJING
from tickets.ticket import get_ticket, list_tickets

NUMBERS = ("caller", "calling_number", "contact_number")


def register(commands: Commands) -> None:
    calls = command(commands, "calls", run_calls, "call records; with an ID the facts and commands of that call")
    calls.add_argument("id", nargs="?", metavar="ID")
    tickets = command(
        commands, "tickets", run_tickets, "tickets; with a NUMBER its history and its way to each channel"
    )
    tickets.add_argument("number", nargs="?", metavar="NUMBER")
    for parser in (calls, tickets):
        parser.add_argument("--limit", type=int, default=50, metavar="N", help="the newest N (default 50)")
        parser.add_argument("--unmask", action="store_true", help="show phone numbers whole; noted in the audit trail")
    users = commands.add_parser("user", help="accounts: add, list, password").add_subparsers(required=True)
    add = command(users, "add", run_user_add, "make an account and print its secrets once")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", required=True, choices=accounts.ROLES)
    add.add_argument("--skill", action="append", default=[], type=skill, metavar="CODE=LEVEL", help='"*=3": generalist')
    add.add_argument("--display-name", default="", metavar="TEXT", help="the name people read")
    command(users, "list", run_user_list, "all accounts")
    password = command(users, "password", run_user_password, "give an account a new password")
    password.add_argument("name", metavar="NAME")
    password.add_argument("--sip", action="store_true", help="a new password for the agent's phone instead")
    for parser in (add, password):
        parser.add_argument(
            "--password-stdin", action="store_true", help="read it from standard input, do not make one"
        )
    databases = commands.add_parser("db", help="the database").add_subparsers(required=True)
    command(databases, "upgrade", run_db_upgrade, "create the tables or bring them to this version")


def skill(text: str) -> tuple[str, int]:
    code, _, level = text.partition("=")
    if not code or level not in ("1", "2", "3", "4", "5"):
        raise argparse.ArgumentTypeError(f"{text!r}: must be CODE=LEVEL with a level from 1 to 5")
    return code, int(level)


@contextmanager
def database_of(arguments: argparse.Namespace, make: bool = False) -> Iterator[Database]:
    """The open database; with `make` it is created first where there is none. Failures become one line."""
    settings = settings_of(arguments)
    file = settings.home / "hotline.db"
    try:
        if make:
            upgrade(settings)
        elif not settings.database.url and not file.exists():
            raise CommandError(f"{file}: there is no database yet; start the hotline, or set HOTLINE_HOME to its home")
        database = open_database(settings)
        try:
            yield database
        finally:
            database.close()
    except BrokenPipeError:
        raise
    except (DatabaseError, SealError, OSError) as error:
        raise CommandError(str(error)) from None


def who() -> str:
    """Whoever runs the command, for the audit trail."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"


def note(session: Session, action: str, object: str) -> None:
    audit.append(session, time(), who(), action, object)


def run_calls(arguments: argparse.Namespace) -> None:
    with database_of(arguments) as database:
        if arguments.unmask:
            database.do(note, "unmask", f"call:{arguments.id}" if arguments.id else "calls")
        if arguments.id is None:
            records = database.read(callrecords.latest, arguments.limit)
            print_rows(
                readable({**asdict(record), "waited_seconds": record.waited_seconds}, arguments.unmask)
                for record in records
            )
            return
        entries = database.read(calllog.of_call, arguments.id)
        if not entries:
            raise CommandError(f"call {arguments.id}: there is no such call; see `hotline calls`")
        for entry in entries:
            fields = readable(entry.fields, arguments.unmask)
            print_rows([{**readable(asdict(entry), True), "fields": fields}])


def run_tickets(arguments: argparse.Namespace) -> None:
    with database_of(arguments) as database:
        if arguments.unmask:
            database.do(note, "unmask", f"ticket:{arguments.number}" if arguments.number else "tickets")
        if arguments.number is None:
            numbers = [ticket.number for ticket in database.read(list_tickets, arguments.limit)]
        else:
            numbers = [arguments.number]
        for number in numbers:
            detail = database.read(get_ticket, number)
            if detail is None:
                raise CommandError(f"ticket {number}: there is no such ticket; see `hotline tickets`")
            row = readable(asdict(detail.ticket), arguments.unmask) | {"state_name": detail.ticket.state_name}
            row["sync"] = {sync.channel: sync.state for sync in detail.sync}
            if arguments.number is not None:
                row["sync"] = [readable(asdict(sync), True) for sync in detail.sync]
                row["history"] = [readable(asdict(step), True) for step in detail.history]
            print_rows([row])


def run_user_add(arguments: argparse.Namespace) -> None:
    password = read_password() if arguments.password_stdin else None
    realm = settings_of(arguments).sip.realm

    def add(session: Session) -> accounts.NewAccount:
        new = accounts.add_user(
            session, arguments.name, arguments.role, dict(arguments.skill), password, realm, arguments.display_name
        )
        note(session, "user.add", f"account:{arguments.name}")
        return new

    with database_of(arguments, make=True) as database:
        print_rows([new_account_row(refusing(database, add))])
    tell_if_running(settings_of(arguments), "accounts.changed")


def run_user_list(arguments: argparse.Namespace) -> None:
    with database_of(arguments) as database:
        print_rows(readable(asdict(account), True) for account in database.read(accounts.list_accounts))


def run_user_password(arguments: argparse.Namespace) -> None:
    if arguments.sip and arguments.password_stdin:
        raise CommandError("--sip: phones get random passwords only; leave --password-stdin out")
    password = read_password() if arguments.password_stdin else None
    realm = settings_of(arguments).sip.realm

    def change(session: Session) -> dict[str, Any]:
        note(session, "user.password", f"account:{arguments.name}")
        if arguments.sip:
            return {"sip_password": accounts.set_sip_password(session, arguments.name, realm)}
        made = accounts.set_password(session, arguments.name, password)
        return {} if made is None else {"password": made}

    with database_of(arguments) as database:
        print_rows([{"name": arguments.name, **refusing(database, change)}])


def run_db_upgrade(arguments: argparse.Namespace) -> None:
    try:
        upgrade(settings_of(arguments), lambda line: print(line, file=sys.stderr, flush=True))
    except (DatabaseError, SealError, OSError) as error:
        raise CommandError(str(error)) from None


def refusing(database: Database, change: Any) -> Any:
    try:
        return database.do(change)
    except accounts.AccountError as error:
        raise CommandError(str(error)) from None


def read_password() -> str:
    """The first line of standard input."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandError("--password-stdin: standard input holds no password")
    return password


def new_account_row(new: accounts.NewAccount) -> dict[str, Any]:
    """An account with the secrets that were made for it, to be printed once."""
    row = readable(asdict(new.account), True)
    secrets = {"password": new.password, "sip_password": new.sip_password}
    return row | {name: value for name, value in secrets.items() if value is not None}


def readable(row: dict[str, Any], unmask: bool) -> dict[str, Any]:
    """`row` with times as ISO 8601 in Beijing time, and numbers masked unless asked for whole."""
    shown = dict(row)
    for name, value in row.items():
        if (name == "at" or name.endswith("_at")) and isinstance(value, float):
            shown[name] = datetime.fromtimestamp(value, UTC).astimezone(BEIJING).isoformat(timespec="milliseconds")
        elif name in NUMBERS and isinstance(value, str) and not unmask:
            shown[name] = masked(value)
    return shown
