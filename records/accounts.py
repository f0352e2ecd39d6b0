"""Who may sign in, in which role, with which skills and which phone. Passwords are kept as scrypt hashes, SIP
passwords as HA1 only. Knows nothing of sessions, pages or the registrar.
"""

import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from time import time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from records.counters import next_number
from records.credentials import Credentials, credentials_for
from records.schema import AccountRow

ROLES = ("agent", "supervisor", "clerk", "admin", "auditor")
GENERALIST = "*"
FIRST_SIP_USER = 1001
SHORTEST_PASSWORD = 8
NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}")
# Letters that nobody mixes up when reading a password aloud.
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"


class AccountError(ValueError):
    """An account cannot be made or changed so; the text names the field, the value and the way out."""


@dataclass(frozen=True, slots=True)
class Account:
    """`skills` maps label codes to levels 1-5, "*" is the generalist (全科). `sip_user` is None without a phone."""

    name: str
    display_name: str
    role: str
    skills: dict[str, int] = field(default_factory=dict)
    sip_user: str | None = None
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account with its secrets, to be shown once. `password` is None when it was given."""

    account: Account
    password: str | None
    sip_password: str | None


def add_user(
    session: Session,
    name: str,
    role: str,
    skills: Mapping[str, int],
    password: str | None,
    realm: str,
    display_name: str = "",
) -> NewAccount:
    """Make an account; agents get a SIP user (1001, 1002, …) and a random SIP password. Raises AccountError."""
    check_new(session, name, role, skills)
    given, password = password, checked(password) if password is not None else random_password()
    row = AccountRow(
        name=name,
        display_name=display_name or name,
        role=role,
        password_hash=generate_password_hash(password, method="scrypt"),
        skills=dict(skills),
        created_at=time(),
    )
    sip_password = None
    if role == "agent":
        row.sip_user = str(FIRST_SIP_USER - 1 + next_number(session, "sip_user"))
        sip_password = give_sip_password(row, realm)
    session.add(row)
    session.flush()
    return NewAccount(_account(row), None if given is not None else password, sip_password)


def check_new(session: Session, name: str, role: str, skills: Mapping[str, int]) -> None:
    if not NAME.fullmatch(name):
        raise AccountError(
            f"name {name!r}: must begin with a small letter and hold a-z, 0-9, '.', '_' or '-', 64 at most"
        )
    if session.get(AccountRow, name) is not None:
        raise AccountError(f"name {name!r}: there is such an account already; take another name")
    if role not in ROLES:
        raise AccountError(f"role {role!r}: must be one of {', '.join(ROLES)}")
    if skills and role != "agent":
        raise AccountError(f"skills: only agents have skills, not a {role}")
    known: Mapping[str, str] = session.info["labels"] | session.info["skills"]
    for code, level in skills.items():
        if code != GENERALIST and code not in known:
            raise AccountError(f"skill {code!r}: is in neither labels.yaml nor routing.yaml, and not '*' (全科)")
        if level not in range(1, 6):
            raise AccountError(f"skill {code!r}: level {level!r}: must be 1 to 5")


def checked(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise AccountError(f"password: is too short, take {SHORTEST_PASSWORD} characters or more")
    if len(password) > 1024:
        raise AccountError("password: is too long, take 1024 characters or fewer")
    return password


def random_password() -> str:
    """16 letters, about 92 bits."""
    return "".join(secrets.choice(LETTERS) for _ in range(16))


def give_sip_password(row: AccountRow, realm: str) -> str:
    password = random_password()
    kept = credentials_for(str(row.sip_user), realm, password)
    row.ha1_md5, row.ha1_sha256 = kept.ha1_md5, kept.ha1_sha256
    return password


def credentials(session: Session, sip_user: str) -> Credentials | None:
    """What the registrar needs to check a digest, or None for an unknown SIP user."""
    row = session.scalars(select(AccountRow).where(AccountRow.sip_user == sip_user)).first()
    if row is None or row.ha1_md5 is None or row.ha1_sha256 is None:
        return None
    return Credentials(row.ha1_md5, row.ha1_sha256)


_nobody: list[str] = []


def check_password(session: Session, name: str, password: str) -> Account | None:
    """The account when the password is right; unknown names take as long as wrong passwords."""
    row = session.get(AccountRow, name)
    if not _nobody:
        _nobody.append(generate_password_hash(random_password(), method="scrypt"))
    right = check_password_hash(row.password_hash if row else _nobody[0], password[:1024])
    return _account(row) if row is not None and right else None


def set_password(session: Session, name: str, password: str | None) -> str | None:
    """Give `name` this password, or a random one that is returned. Raises AccountError."""
    row = _row(session, name)
    new = checked(password) if password is not None else random_password()
    row.password_hash = generate_password_hash(new, method="scrypt")
    return None if password is not None else new


def set_sip_password(session: Session, name: str, realm: str) -> str:
    """Give the agent's phone a new random password, which is returned. Raises AccountError.

    A supervisor gets a phone by it, to listen to talks with.
    """
    row = _row(session, name)
    if row.sip_user is None and row.role == "supervisor":
        row.sip_user = str(FIRST_SIP_USER - 1 + next_number(session, "sip_user"))
    if row.sip_user is None:
        raise AccountError(f"name {name!r}: a {row.role} has no phone")
    return give_sip_password(row, realm)


def account(session: Session, name: str) -> Account | None:
    row = session.get(AccountRow, name)
    return _account(row) if row else None


def account_by_sip_user(session: Session, sip_user: str) -> Account | None:
    row = session.scalars(select(AccountRow).where(AccountRow.sip_user == sip_user)).first()
    return _account(row) if row else None


def list_accounts(session: Session, role: str | None = None, names: Collection[str] | None = None) -> list[Account]:
    """All accounts, or those of one role, or of these `names`, by name. What is sealed of them is not opened."""
    row = AccountRow
    query = select(row.name, row.display_name, row.role, row.skills, row.sip_user, row.created_at).order_by(row.name)
    if role is not None:
        query = query.where(row.role == role)
    if names is not None:
        query = query.where(row.name.in_(names))
    return [_account(found) for found in session.execute(query)]


def first_accounts(session: Session, realm: str) -> list[NewAccount]:
    """On the first start, an admin, a supervisor and one generalist agent with random passwords; otherwise none."""
    if session.scalar(select(func.count()).select_from(AccountRow)):
        return []
    make: Callable[..., NewAccount] = add_user
    return [
        make(session, "admin", "admin", {}, None, realm, "管理员"),
        make(session, "supervisor", "supervisor", {}, None, realm, "值班长"),
        make(session, "agent01", "agent", {GENERALIST: 3}, None, realm, "一号坐席"),
    ]


def _row(session: Session, name: str) -> AccountRow:
    row = session.get(AccountRow, name)
    if row is None:
        raise AccountError(f"name {name!r}: there is no such account; see `hotline user list`")
    return row


def _account(row: Any) -> Account:
    return Account(row.name, row.display_name, row.role, dict(row.skills), row.sip_user, row.created_at)
