"""Bindings by RFC 3261 §10, RFC 3327 and RFC 5626: q, instances, paths, what the settings say. No sockets, no clock."""

from dataclasses import asdict
from pathlib import Path

import pytest

from config.edge import Registrations
from telephony.edge.kept.registrations import dump, load
from telephony.edge.registrar.register import Registered, Registrar
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request

NOW = 1_700_000_000.0
HERE = Flow("udp", "10.1.1.1", 5060)
PHONE = '"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'


def register(contact: str, *more: tuple[str, str], cseq: int = 1, call_id: str = "r") -> Request:
    headers = [("Via", "SIP/2.0/TCP 10.1.1.1;branch=z9hG4bKx"), ("Call-ID", call_id), ("CSeq", f"{cseq} REGISTER")]
    return Request([*headers, ("Contact", contact), *more], b"", "REGISTER", "sip:12348")


def values(result: Registered, name: str) -> list[str]:
    return [value for found, value in result.headers if found == name]


def order(registrar: Registrar, at: float = NOW) -> list[str]:
    return [binding.contact[4] for binding in registrar.in_order("1001", at)]


def test_the_highest_q_first_among_equals_the_newest() -> None:
    registrar = Registrar()
    for number, (name, q) in enumerate([("a", "0.5"), ("b", "0.9"), ("c", "0.5"), ("d", "0.1")]):
        registrar.register("1001", register(f"<sip:{name}@x{number}>;q={q}", call_id=name), HERE, NOW + number)
    assert order(registrar, NOW + 9) == ["b", "c", "a", "d"]
    newest = registrar.newest("1001", NOW + 9)
    assert newest is not None and newest.contact == "sip:b@x1"


@pytest.mark.parametrize(
    ("written", "q"), [("1", 1.0), ("1.000", 1.0), ("0.25", 0.25), ("0", 0.0), ("2", 1.0), ("x", 1.0)]
)
def test_what_q_is_taken_for(written: str, q: float) -> None:
    registrar = Registrar()
    result = registrar.register("1001", register(f"<sip:a@b>;q={written}"), HERE, NOW)
    assert [binding.q for binding in registrar.bindings()] == [q]
    assert values(result, "Contact") == [f"<sip:a@b>{f';q={q:g}' if q != 1 else ''};expires=3600"]


def test_a_phone_that_comes_again_over_a_new_connection_replaces_itself() -> None:
    registrar = Registrar()
    old, new = Flow("tcp", "10.1.1.1", 1000), Flow("tcp", "10.1.1.1", 2000)
    contact = f"<sip:a@10.1.1.1:{{}};transport=tcp>;+sip.instance={PHONE};reg-id=1"
    first = registrar.register("1001", register(contact.format(1000), ("Supported", "path, outbound")), old, NOW)
    assert values(first, "Require") == ["outbound"]
    second = registrar.register("1001", register(contact.format(2000), call_id="s"), new, NOW + 1)
    assert [binding.flow for binding in registrar.bindings()] == [new]
    assert values(second, "Contact") == [
        f"<sip:a@10.1.1.1:2000;transport=tcp>;+sip.instance={PHONE};reg-id=1;expires=3600"
    ]
    assert registrar.lost(old) == [], "the old connection's end is nobody's end"
    assert registrar.lost(new) == [("1001", False)]


def test_two_flows_of_one_phone_stand_side_by_side() -> None:
    registrar = Registrar()
    for number in (1, 2):
        contact = f"<sip:a@10.1.1.1:999>;+sip.instance={PHONE};reg-id={number}"
        registrar.register("1001", register(contact, call_id=f"{number}"), HERE, NOW)
    assert len(registrar.bindings()) == 2


def test_path_is_kept_echoed_and_the_way_to_the_phone(tmp_path: Path) -> None:
    registrar = Registrar()
    proxy = Flow("udp", "10.7.7.7", 5060)
    request = register("<sip:a@10.1.1.1:5070>", ("Path", "<sip:p2@10.7.7.7;lr>, <sip:p1@10.8.8.8;lr>"))
    result = registrar.register("1001", request, proxy, NOW)
    assert values(result, "Path") == ["<sip:p2@10.7.7.7;lr>", "<sip:p1@10.8.8.8;lr>"]
    [binding] = registrar.bindings()
    assert (binding.path, binding.flow) == (("<sip:p2@10.7.7.7;lr>", "<sip:p1@10.8.8.8;lr>"), proxy)
    file = tmp_path / "registrations.json"
    file.write_bytes(dump(registrar.bindings()))
    assert [asdict(each) for each in load(file, NOW)] == [asdict(binding)]


def test_registrations_kept_by_an_edge_that_knew_less(tmp_path: Path) -> None:
    file = tmp_path / "registrations.json"
    file.write_text(
        '[{"user": "1001", "contact": "sip:a@b", "flow": ["udp", "10.1.1.1", 5060], "expires_at": 1700000600.0, '
        '"seen": 1700000000.0, "call_id": "r", "cseq": 1}]'
    )
    assert Registrar(load(file, NOW)).phones(NOW) == ["1001"]


def test_the_settings_say_how_long_and_how_many() -> None:
    registrar = Registrar(rules=Registrations(least_seconds=120, default_seconds=300, most_seconds=600, contacts=2))
    brief = registrar.register("1001", register("<sip:a@b>;expires=119"), HERE, NOW)
    assert (brief.status, values(brief, "Min-Expires")) == (423, ["120"])
    assert values(registrar.register("1001", register("<sip:a@b>"), HERE, NOW), "Contact") == ["<sip:a@b>;expires=300"]
    long = registrar.register("1001", register("<sip:a@b>;expires=9999", cseq=2), HERE, NOW)
    assert values(long, "Contact") == ["<sip:a@b>;expires=600"]
    for number in range(3):
        registrar.register("1001", register(f"<sip:c@d{number}>", call_id=f"{number}"), HERE, NOW + 1 + number)
    assert len(registrar.bindings()) == 2


def test_several_contacts_at_once_or_none_of_them() -> None:
    registrar = Registrar()
    both = registrar.register("1001", register("<sip:a@b>;q=0.1, <sip:c@d>;expires=60"), HERE, NOW)
    assert len(values(both, "Contact")) == 2
    refused = registrar.register("1001", register("<sip:e@f>, <sip:g@h>;expires=5", cseq=2), HERE, NOW)
    assert (refused.status, len(registrar.bindings())) == (423, 2)
    late = registrar.register("1001", register("<sip:i@j>, <sip:a@b>", cseq=1), HERE, NOW)
    assert (late.status, len(registrar.bindings())) == (500, 2), "one that is out of order undoes all of it"
