"""Bindings: what a REGISTER changes, when it ends, how it is kept; keys, the allow-list and the table of workers."""

import stat
from pathlib import Path

import pytest

from config.edge import Registrations
from config.settings import Settings, Trunk
from telephony.edge.calls.workers import GRACE, UNUSED, State, Workers
from telephony.edge.kept.keeping import write, write_quietly
from telephony.edge.kept.registrations import dump, load
from telephony.edge.keys import KeyFileError, load_key
from telephony.edge.proxy.tokens import Route, Tokens
from telephony.edge.registrar.register import Registered, Registrar
from telephony.edge.sip.flows import Flow, pack_flow, unpack_flow
from telephony.edge.sip.message import Request
from telephony.edge.trunks.known import Guard

MOST_CONTACTS = Registrations().contacts
NOW = 1_700_000_000.0
HERE = Flow("udp", "10.1.1.1", 5060)


def register(contacts: str | None, expires: str | None = None, cseq: int = 1, call_id: str = "r") -> Request:
    headers = [("Call-ID", call_id), ("CSeq", f"{cseq} REGISTER")]
    headers += [("Contact", contacts)] if contacts is not None else []
    headers += [("Expires", expires)] if expires is not None else []
    return Request(headers, b"", "REGISTER", "sip:12348")


def contacts(result: Registered) -> list[str]:
    return [value for name, value in result.headers if name == "Contact"]


def test_register_refresh_query_remove() -> None:
    registrar = Registrar()
    result = registrar.register("1001", register("<sip:a@10.1.1.1>", "600"), HERE, NOW)
    assert (result.status, contacts(result), result.changes) == (
        200,
        ["<sip:a@10.1.1.1>;expires=600"],
        [("1001", True)],
    )
    refreshed = registrar.register("1001", register("<sip:a@10.1.1.1:5060>", "120", 2), HERE, NOW + 60)
    assert (contacts(refreshed), refreshed.changes, refreshed.changed) == (
        ["<sip:a@10.1.1.1:5060>;expires=120"],
        [],
        True,
    )
    asked = registrar.register("1001", register(None, cseq=3), HERE, NOW + 70)
    assert (contacts(asked), asked.changed) == (["<sip:a@10.1.1.1:5060>;expires=110"], False)
    removed = registrar.register("1001", register("<sip:a@10.1.1.1>;expires=0", "600", 4), HERE, NOW + 80)
    assert (removed.status, contacts(removed), removed.changes) == (200, [], [("1001", False)])
    assert registrar.phones(NOW + 80) == []


@pytest.mark.parametrize(
    ("contact", "expires", "status"),
    [
        ("<sip:a@b>", "59", 423),
        ("<sip:a@b>;expires=1", "600", 423),
        ("<sip:a@b>", "never", 200),
        ("*", "600", 400),
        ("*, <sip:a@b>", "0", 400),
        ("<tel:110>", "600", 400),
        ("<nonsense>", "600", 400),
        ("<sip:a@b", "600", 400),
    ],
)
def test_what_is_asked_for_decides_the_answer(contact: str, expires: str, status: int) -> None:
    registrar = Registrar()
    assert registrar.register("1001", register(contact, expires), HERE, NOW).status == status
    assert registrar.phones(NOW) == (["1001"] if status == 200 else [])


def test_too_brief_names_the_least() -> None:
    result = Registrar().register("1001", register("<sip:a@b>", "5"), HERE, NOW)
    assert ("Min-Expires", "60") in result.headers


def test_star_removes_all() -> None:
    registrar = Registrar()
    registrar.register("1001", register("<sip:a@b>, <sip:c@d>"), HERE, NOW)
    result = registrar.register("1001", register("*", "0", 2), HERE, NOW + 1)
    assert (result.status, contacts(result), result.changes) == (200, [], [("1001", False)])


def test_an_old_register_of_the_same_call_changes_nothing() -> None:
    registrar = Registrar()
    registrar.register("1001", register("<sip:a@b>", cseq=5), HERE, NOW)
    assert registrar.register("1001", register("<sip:a@b>", "0", 4), HERE, NOW + 1).status == 500
    assert registrar.phones(NOW + 1) == ["1001"]
    assert registrar.register("1001", register("<sip:a@b>", "0", 1, "rebooted"), HERE, NOW + 1).status == 200


def test_the_newest_binding_is_called_and_each_ends_at_its_time() -> None:
    registrar = Registrar()
    registrar.register("1001", register("<sip:a@10.1.1.1>", "600"), HERE, NOW)
    registrar.register("1001", register("<sip:b@10.1.1.1>", "60", 1, "s"), HERE, NOW + 1)
    newest = [registrar.newest("1001", NOW + after) for after in (2, 62, 601)]
    assert [binding and binding.contact[4] for binding in newest] == ["b", "a", None]
    assert registrar.expire(NOW + 62) == []
    assert registrar.expire(NOW + 601) == [("1001", False)]


def test_contacts_are_bounded() -> None:
    registrar = Registrar()
    for number in range(MOST_CONTACTS + 3):
        result = registrar.register("1001", register(f"<sip:a{number}@b>", None, 1, f"{number}"), HERE, NOW + number)
    assert len(contacts(result)) == MOST_CONTACTS
    assert "sip:a0@b" not in str(contacts(result))


@pytest.mark.parametrize(
    ("contact", "source", "flow"),
    [
        ("<sip:a@10.1.1.1:5070>", HERE, Flow("udp", "10.1.1.1", 5070)),
        ("<sip:a@10.1.1.1>", Flow("udp", "10.1.1.1", 999), HERE),
        ("<sip:a@192.168.1.9:5070>", Flow("udp", "10.1.1.1", 999), Flow("udp", "10.1.1.1", 999)),
        ("<sip:a@10.1.1.1:5070>", Flow("tcp", "10.1.1.1", 999), Flow("tcp", "10.1.1.1", 999)),
    ],
)
def test_a_phone_is_reached_through_nat_and_at_its_own_port_without(contact: str, source: Flow, flow: Flow) -> None:
    registrar = Registrar()
    registrar.register("1001", register(contact), source, NOW)
    binding = registrar.newest("1001", NOW)
    assert binding is not None and binding.flow == flow


def test_a_closed_connection_takes_its_phones_along() -> None:
    registrar = Registrar()
    flow = Flow("tcp", "10.1.1.1", 999)
    registrar.register("1001", register("<sip:a@b>"), flow, NOW)
    registrar.register("1002", register("<sip:a@b>"), HERE, NOW)
    assert registrar.lost(flow) == [("1001", False)]
    assert registrar.phones(NOW) == ["1002"]


def test_bindings_are_kept_but_not_those_of_connections_or_of_the_past(tmp_path: Path) -> None:
    registrar = Registrar()
    registrar.register("1001", register("<sip:a@b>", "600"), HERE, NOW)
    registrar.register("1002", register("<sip:a@b>", "600"), Flow("tcp", "10.1.1.1", 9), NOW)
    registrar.register("1003", register("<sip:a@b>", "60"), HERE, NOW)
    file = tmp_path / "home" / "registrations.json"
    write(file, dump(registrar.bindings()))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["registrations.json"]
    again = load(file, NOW + 100)
    assert again == [binding for binding in registrar.bindings() if binding.user == "1001"]
    assert Registrar(again).phones(NOW + 100) == ["1001"]


def test_a_disk_that_refuses_leaves_the_old_file_and_the_service(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    write(in_the_way, b"old")
    with pytest.raises(OSError, match="file"):
        write(in_the_way / "registrations.json", b"new")
    write_quietly(in_the_way / "registrations.json", b"new")
    assert in_the_way.read_bytes() == b"old"


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"user": 1}]', '[{"user":"a","flow":["x","y",1]}]', "\ufffd"])
def test_a_spoilt_file_keeps_nothing_and_harms_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "registrations.json"
    file.write_text(text, encoding="utf-8")
    assert load(file, NOW) == []


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, folder=tmp_path)
    key = load_key(settings)
    assert len(key) == 32 and load_key(settings) == key
    file = tmp_path / "secrets" / "edge.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("short", encoding="ascii")
    with pytest.raises(KeyFileError, match=r"edge\.key"):
        load_key(settings)


def test_trunks() -> None:
    guard = Guard(
        (
            Trunk.model_validate({"name": "carrier", "addresses": ["10.0.0.0/30", "2001:db8::/64"]}),
            Trunk.model_validate({"name": "12345", "addresses": ["10.0.0.0/24"]}),
        )
    )
    hosts = ("10.0.0.3", "10.0.0.4", "10.0.1.1", "2001:db8::7", "sbc.example", "")
    assert [guard.trunk_of(host) for host in hosts] == ["carrier", "12345", None, "carrier", None, None]
    assert guard.same_peer("10.0.0.1", "10.0.0.2") and not guard.same_peer("10.0.0.1", "10.0.0.4")
    assert guard.same_peer("10.9.9.9", "10.9.9.9") and not guard.same_peer("10.9.9.9", "10.9.9.8")


@pytest.mark.parametrize("flow", [HERE, Flow("tcp", "2001:db8::1", 65535), Flow("inside", "127.0.0.1", 1)])
def test_flows_and_tokens_come_back_whole(flow: Flow) -> None:
    assert unpack_flow(pack_flow(flow) + b"rest") == (flow, b"rest")
    tokens = Tokens(b"k" * 32)
    route = Route("w1-abcdef", 40001, flow, "1001")
    token = tokens.route(route, "call")
    assert tokens.read_route(token, "call") == route
    assert tokens.read_route(token, "other call") is None
    damaged = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token) - 1)]
    assert not [text for text in damaged if tokens.read_route(text, "call") is not None]
    branch = tokens.branch("incoming", flow, 2)
    read = tokens.read_branch(branch)
    assert read is not None and (read.flow, read.attempt) == (flow, 2)
    assert branch == tokens.branch("incoming", flow, 2) != tokens.branch("incoming", flow, 1)
    assert Tokens(b"x" * 32).read_branch(branch) is None
    assert tokens.read_branch("z9hG4bK") is None and tokens.read_route("", "call") is None


def entry(name: str, port: int, state: str = "idle") -> dict[str, object]:
    return {"worker": name, "sip_port": port, "state": state, "pid": 7}


def test_the_worker_idle_longest_is_taken_once() -> None:
    workers = Workers()
    assert workers.lives("anyone", NOW)
    workers.listed([entry("b", 2), entry("busy", 9, "busy")], NOW)
    workers.said(entry("a", 1), NOW + 1)
    workers.said(entry("b", 2), NOW + 2)
    assert [worker and worker.name for worker in (workers.take(), workers.take(), workers.take())] == ["b", "a", None]
    workers.said(entry("a", 1, "idle"), NOW + 3)
    assert workers.take() is None
    assert workers.count() == {State.IDLE: 0, State.BUSY: 3}


def test_a_worker_that_sent_its_call_away_is_idle_again_unless_it_serves() -> None:
    workers = Workers()
    workers.listed([entry("a", 1), entry("b", 2)], NOW)
    assert [worker and worker.name for worker in (workers.take(), workers.take())] == ["a", "b"]
    workers.said(entry("b", 2, "busy"), NOW + 1)
    for name in ("a", "b", "unknown"):
        workers.sent_away(name, NOW + 1)
    assert workers.unused(NOW + 1 + UNUSED - 0.1) == []
    assert workers.unused(NOW + 1 + UNUSED) == ["a"]
    assert workers.unused(NOW + 9) == []
    assert workers.count() == {State.IDLE: 1, State.BUSY: 1}


def test_a_worker_that_is_said_to_serve_after_it_refused_stays_busy() -> None:
    workers = Workers()
    workers.listed([entry("a", 1)], NOW)
    workers.take()
    workers.sent_away("a", NOW)
    workers.said(entry("a", 1, "busy"), NOW + 1)
    workers.sent_away("a", NOW + 1)
    assert workers.unused(NOW + 9) == []
    assert workers.count() == {State.IDLE: 0, State.BUSY: 1}


def test_gone_is_gone_and_a_port_may_have_a_new_owner() -> None:
    workers = Workers()
    workers.listed([entry("a", 1)], NOW)
    workers.said(entry("b", 1), NOW + 1)
    assert workers.said(entry("a", 1, "gone"), NOW + 2) == "a"
    assert workers.said(entry("a", 1, "gone"), NOW + 2) is None
    assert not workers.lives("a", NOW + 2)
    at = workers.at(1)
    assert at is not None and at.name == "b"


def test_a_new_nursery_that_does_not_know_a_worker_yet_gets_time() -> None:
    workers = Workers()
    workers.listed([entry("a", 1, "busy"), entry("b", 2)], NOW)
    workers.listed([], NOW + 100)
    assert workers.overdue(NOW + 100 + GRACE - 1) == []
    workers.said({"worker": "a", "sip_port": 1, "state": "busy"}, NOW + 101)
    assert [(worker.name, worker.pid) for worker in workers.overdue(NOW + 100 + GRACE)] == [("b", 7)]
    assert workers.lives("unknown", NOW + 105) and not workers.lives("unknown", NOW + 100 + GRACE)


@pytest.mark.parametrize("bad", [{"worker": "a"}, {"worker": "a", "state": "idle"}, entry("", 1), entry("a", 70000)])
def test_what_a_nursery_may_not_say(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"nursery: (state|sip_port)"):
        Workers().said(bad, NOW)
