"""Signing in over real HTTP: sessions, throttling, CSRF, headers, where one may go."""

import stat
from typing import Any

import pytest

from records.accounts import set_password
from records.audit import trail

PAGES = ("/", "/board", "/records", "/tickets", "/audit")


@pytest.fixture(scope="module")
def people(console: Any) -> dict[str, Any]:
    return {role: console.person(role) for role in ("agent", "supervisor", "clerk", "admin", "auditor")}


@pytest.mark.parametrize("path", PAGES)
def test_strangers_are_led_to_the_sign_in_and_back(console: Any, path: str) -> None:
    answer = console.stranger().get(path, allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/signin?next={path}"


@pytest.mark.parametrize("path", ["/board/figures", "/session", "/calls/work", "/calls/x/who"])
def test_data_is_refused_to_strangers(console: Any, path: str) -> None:
    assert console.stranger().get(path, headers={"Accept": "application/json"}).status_code == 401


@pytest.mark.parametrize("path", ["/live/me", "/live/board"])
def test_streams_are_refused_to_strangers(console: Any, path: str) -> None:
    answer = console.stranger().get(path)
    assert answer.status_code == 401
    assert answer.text == "请先登录"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("agent", {"/", "/board", "/records", "/tickets"}),
        ("supervisor", {"/", "/board", "/records", "/tickets"}),
        ("clerk", {"/", "/board", "/tickets"}),
        ("admin", {"/", "/board", "/records", "/tickets", "/audit"}),
        ("auditor", {"/", "/board", "/records", "/tickets", "/audit"}),
    ],
)
def test_each_role_has_its_rooms(people: dict[str, Any], role: str, allowed: set[str]) -> None:
    status = {path: people[role].get(path).status_code for path in PAGES}
    assert status == {path: 200 if path in allowed else 403 for path in PAGES}


def test_a_wrong_password_says_nothing_about_the_account(console: Any) -> None:
    person = console.stranger(console.account("clerk"))
    known = person.sign_in("wrong-password")
    unknown = console.stranger("nobody-of-this-name").sign_in("wrong-password")
    assert known.status_code == unknown.status_code == 401
    assert "账号或密码不对" in known.text
    assert "账号或密码不对" in unknown.text
    assert "wrong-password" not in known.text


def test_empty_fields_are_named_and_the_name_stays(console: Any) -> None:
    answer = console.stranger("li").sign_in("")
    assert answer.status_code == 422
    assert "请输入密码" in answer.text
    assert 'value="li"' in answer.text


def test_tries_are_slowed_down_even_with_the_right_password(console: Any) -> None:
    person = console.stranger(console.account("clerk"))
    for _ in range(5):
        assert person.sign_in("wrong-password").status_code == 401
    answer = person.sign_in("geheim-12348")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert "尝试次数太多" in answer.text


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_sign_in_leads_nowhere_else(console: Any, elsewhere: str) -> None:
    person = console.stranger(console.account("clerk"))
    assert person.sign_in("geheim-12348", next=elsewhere).headers["Location"] == "/"


def test_a_sign_in_leads_where_one_wanted(console: Any) -> None:
    person = console.stranger(console.account("clerk"))
    assert person.sign_in("geheim-12348", next="/tickets?state=closed").headers["Location"] == "/tickets?state=closed"


def test_posts_without_the_token_are_refused(people: dict[str, Any]) -> None:
    for path in ("/desk/ready", "/desk/pause", "/calls/x/record", "/calls/x/ticket", "/signout", "/looks"):
        answer = people["agent"].post(path, token="")
        assert answer.status_code == 400, path
        assert answer.json()["error"] == "页面已过期，这次提交没有被接受。"


def test_the_cookie_is_for_this_site_alone(console: Any) -> None:
    cookie = console.stranger(console.account("clerk")).sign_in("geheim-12348").headers["Set-Cookie"]
    assert cookie.startswith(f"hotline_{console.port}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_out_ends_the_cookie_for_good(console: Any) -> None:
    person = console.person("clerk")
    kept = dict(person.http.cookies)
    answer = person.post("/signout")
    assert answer.status_code == 303
    person.http.cookies.update(kept)
    assert person.get("/session", headers={"Accept": "application/json"}).status_code == 401


def test_a_new_password_ends_old_sessions(console: Any) -> None:
    person = console.person("clerk")
    assert person.get("/session").status_code == 200
    console.database.do(set_password, person.name, "ganz-neu-12348")
    assert person.get("/session").status_code == 401


def test_a_cookie_that_was_tampered_with_counts_nothing(console: Any) -> None:
    person = console.person("clerk")
    [name] = dict(person.http.cookies)
    value = person.http.cookies[name]
    person.http.cookies.clear()
    person.http.cookies.set(name, value[:-4] + "AAAA")
    assert person.get("/session").status_code == 401
    assert person.get("/live/me").status_code == 401


def test_every_answer_carries_the_security_headers(people: dict[str, Any]) -> None:
    for path in ("/signin", "/tickets", "/nothing-here", "/health"):
        headers = people["clerk"].get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"


def test_no_page_has_inline_script_or_style(people: dict[str, Any]) -> None:
    for path in ("/", "/board", "/records", "/tickets"):
        page = people["agent"].get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count('<script type="application/json"') + page.count('type="module" src=')


def test_mistakes_are_explained(people: dict[str, Any]) -> None:
    page = people["clerk"].get("/nothing-here")
    assert page.status_code == 404
    assert "没有找到这个页面或这条记录。" in page.text
    answer = people["clerk"].get("/audit", headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.json()["way_out"] == "如工作需要，请联系管理员调整岗位。"


def test_sign_ins_are_in_the_audit_trail(console: Any) -> None:
    person = console.person("clerk")
    [entry] = console.database.read(trail, who=person.name)
    assert (entry.action, entry.object) == ("sign_in", "source:127.0.0.1")


def test_the_secret_key_is_for_its_owner_only(console: Any) -> None:
    key = console.settings.home / "secrets" / "console.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 32


def test_english_and_dark_are_kept(console: Any) -> None:
    person = console.person("clerk")
    assert person.post("/looks", language="en", theme="dark", next="/tickets").headers["Location"] == "/tickets"
    page = person.get("/tickets").text
    assert '<html lang="en" data-theme="dark">' in page
    assert "No tickets yet" in page


def test_static_files_are_kept_by_browsers(people: dict[str, Any]) -> None:
    answer = people["clerk"].get("/static/tokens.css?v=abc")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    for path in ("/static/", "/static/js/", "/static/../app.py", "/static/%2e%2e/app.py"):
        assert people["clerk"].get(path).status_code == 404, path
