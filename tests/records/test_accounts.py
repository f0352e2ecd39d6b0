"""Accounts: who is made, with which secrets, and who is let in."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from records import accounts
from records.accounts import Account, AccountError, add_user, check_password, credentials, first_accounts
from records.engine import Database

REALM = "12348"


def test_an_agent_gets_a_phone_whose_password_makes_the_kept_ha1(database: Database) -> None:
    new = database.do(add_user, "li", "agent", {"law.labour": 5, "*": 1}, None, REALM, "李芳")
    made = new.account
    assert made == Account("li", "李芳", "agent", {"law.labour": 5, "*": 1}, "1001", made.created_at)
    text = f"1001:{REALM}:{new.sip_password}".encode()
    kept = database.read(credentials, "1001")
    assert kept is not None
    assert kept.ha1_md5 == hashlib.md5(text).hexdigest()
    assert kept.ha1_sha256 == hashlib.sha256(text).hexdigest()
    assert database.read(credentials, "1002") is None


def test_phones_are_numbered_and_only_agents_have_them(database: Database) -> None:
    first = database.do(add_user, "a", "agent", {}, None, REALM)
    clerk = database.do(add_user, "b", "clerk", {}, None, REALM)
    second = database.do(add_user, "c", "agent", {}, None, REALM)
    assert [first.account.sip_user, clerk.account.sip_user, second.account.sip_user] == ["1001", None, "1002"]
    assert clerk.sip_password is None
    found = database.read(accounts.account_by_sip_user, "1002")
    assert found is not None
    assert found.name == "c"
    assert [account.name for account in database.read(accounts.list_accounts)] == ["a", "b", "c"]
    assert [account.name for account in database.read(accounts.list_accounts, "agent")] == ["a", "c"]


def test_only_the_right_password_opens(database: Database) -> None:
    new = database.do(add_user, "li", "clerk", {}, None, REALM)
    assert new.password is not None
    assert database.read(check_password, "li", new.password) == new.account
    for name, password in (("li", new.password + "x"), ("li", ""), ("nobody", new.password), ("", "")):
        assert database.read(check_password, name, password) is None


def test_a_given_password_is_not_told_again(database: Database) -> None:
    assert database.do(add_user, "li", "clerk", {}, "long enough", REALM).password is None
    assert database.do(accounts.set_password, "li", "another one") is None
    assert database.read(check_password, "li", "long enough") is None
    made = database.do(accounts.set_password, "li", None)
    assert made is not None
    assert database.read(check_password, "li", made) is not None


def test_a_new_sip_password_replaces_the_old_one(database: Database) -> None:
    new = database.do(add_user, "li", "agent", {}, None, REALM)
    before = database.read(credentials, "1001")
    made = database.do(accounts.set_sip_password, "li", REALM)
    assert made != new.sip_password
    assert database.read(credentials, "1001") != before


@pytest.mark.parametrize(
    ("name", "role", "skills", "password", "said"),
    [
        ("", "agent", {}, None, "name ''"),
        ("Li", "agent", {}, None, "name 'Li'"),
        ("l i", "agent", {}, None, "name 'l i'"),
        ("x" * 65, "agent", {}, None, "64 at most"),
        ("taken", "agent", {}, None, "'taken'.*already"),
        ("li", "boss", {}, None, "role 'boss'.*agent, supervisor"),
        ("li", "clerk", {"*": 3}, None, "only agents have skills"),
        ("li", "agent", {"law.nothing": 3}, None, "skill 'law.nothing'.*labels.yaml"),
        ("li", "agent", {"law.labour": 0}, None, "level 0: must be 1 to 5"),
        ("li", "agent", {"law.labour": 6}, None, "level 6: must be 1 to 5"),
        ("li", "agent", {}, "short", "password: is too short"),
        ("li", "agent", {}, "x" * 1025, "password: is too long"),
    ],
)
def test_wrong_accounts_are_named(
    database: Database, name: str, role: str, skills: dict[str, int], password: Any, said: str
) -> None:
    database.do(add_user, "taken", "clerk", {}, None, REALM)
    with pytest.raises(AccountError, match=said):
        database.do(add_user, name, role, skills, password, REALM)
    assert [account.name for account in database.read(accounts.list_accounts)] == ["taken"]


def test_a_refused_agent_takes_no_number(database: Database) -> None:
    with pytest.raises(AccountError):
        database.do(add_user, "li", "agent", {}, "short", REALM)
    assert database.do(add_user, "li", "agent", {}, None, REALM).account.sip_user == "1001"


def test_unknown_names_are_named(database: Database) -> None:
    with pytest.raises(AccountError, match="'nobody': there is no such account"):
        database.do(accounts.set_password, "nobody", None)
    database.do(add_user, "li", "clerk", {}, None, REALM)
    with pytest.raises(AccountError, match="a clerk has no phone"):
        database.do(accounts.set_sip_password, "li", REALM)


def test_the_first_start_makes_accounts_once(database: Database) -> None:
    first = database.do(first_accounts, REALM)
    assert [(new.account.name, new.account.role) for new in first] == [
        ("admin", "admin"),
        ("supervisor", "supervisor"),
        ("agent01", "agent"),
    ]
    assert first[2].account.skills == {"*": 3}
    passwords = {new.password for new in first}
    assert len(passwords) == 3
    assert all(password and len(password) == 16 for password in passwords)
    assert database.do(first_accounts, REALM) == []


def test_accounts_are_found_by_role_and_name_without_opening_what_is_sealed(database: Database) -> None:
    for name, role in (("zhang", "agent"), ("li", "agent"), ("wang", "supervisor")):
        database.do(accounts.add_user, name, role, {}, None, "12348")

    def spoil(session: Session) -> None:
        session.execute(text("UPDATE accounts SET ha1_md5 = 'x', ha1_sha256 = 'x'"))

    database.do(spoil)
    found = database.read(accounts.list_accounts, "agent", ["li", "wang", "nobody"])
    assert [account.name for account in found] == ["li"]
    assert [account.name for account in database.read(accounts.list_accounts)] == ["li", "wang", "zhang"]
