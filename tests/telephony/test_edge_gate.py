"""Bans, rates and offences: who is banned when, for how long, and who never is. No sockets, no clock."""

from collections import Counter
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.edge import Guarding
from config.settings import Trunk
from telephony.edge.guard.bans import LONGEST_BY_HAND, Ban, Bans, source_of
from telephony.edge.guard.gate import KNOWN_SECONDS, STREAM_SECONDS, Gate, GateError
from telephony.edge.guard.offences import Offence, Offences
from telephony.edge.sip.message import Request

NOW = 1_700_000_000.0
STRANGER = "203.0.113.9"
TRUNK = Trunk.model_validate({"name": "carrier", "addresses": ["10.0.0.0/30", "2001:db8:1::7/128"]})


def make(**rules: Any) -> Gate:
    return Gate(Guarding.model_validate({"allow": ["192.0.2.0/24"]} | rules), (TRUNK,), Counter())


def options(agent: str = "", sender: str = "<sip:a@b>;tag=x") -> Request:
    headers = [("From", sender), ("To", "<sip:c@d>")] + ([("User-Agent", agent)] if agent else [])
    return Request(headers, b"", "OPTIONS", "sip:100@10.0.0.9")


@pytest.mark.parametrize("agent", ["friendly-scanner", "SIPVicious/0.3", "sipcli/v1.8", "Nmap NSE", "my own scanner/2"])
def test_a_scanner_that_says_so_is_banned_with_its_first_request(agent: str) -> None:
    gate = make(scanners=["my own scanner"])
    assert gate.lets_in(STRANGER, False, NOW)
    assert not gate.sees(options(agent), STRANGER, False, NOW)
    assert not gate.lets_in(STRANGER, False, NOW + 1)
    assert [ban.reason for ban in gate.bans.standing(NOW)] == ["scanner"]


@pytest.mark.parametrize("agent", ["", "baresip v1.0.0 (x86_64/linux)", "sipsak 0.9.8", "Linphone", "Yealink SIP-T46U"])
def test_honest_phones_and_tools_are_no_scanners(agent: str) -> None:
    assert make().sees(options(agent), STRANGER, False, NOW)


def test_sipvicious_is_found_by_its_display_name_as_well() -> None:
    assert not make().sees(options("Phone", '"sipvicious"<sip:100@1.1.1.1>;tag=6'), STRANGER, False, NOW)


@pytest.mark.parametrize(
    ("offence", "rule"),
    [
        (Offence.PASSWORD, "wrong_passwords"),
        (Offence.VAIN, "calls_in_vain"),
        (Offence.MALFORMED, "malformed"),
        (Offence.USERS, "users_tried"),
    ],
)
def test_so_many_within_the_window_and_no_fewer(offence: Offence, rule: str) -> None:
    gate = make(**{rule: 3})
    for number in range(2):
        assert gate.did(STRANGER, offence, False, NOW, str(number)) is None
    ban = gate.did(STRANGER, offence, False, NOW, "2")
    assert ban == Ban(STRANGER, offence.value, NOW, NOW + 600)
    spread = make(**{rule: 3})
    for number in range(9):
        assert spread.did(STRANGER, offence, False, NOW + 400 * number, f"{number}") is None, "old ones are forgiven"


def test_the_same_user_again_and_one_that_shows_who_they_are_count_for_nothing() -> None:
    gate = make(users_tried=3)
    for _ in range(10):
        assert gate.did(STRANGER, Offence.USERS, False, NOW, "1001") is None
    for user in range(50):
        assert gate.did(STRANGER, Offence.USERS, False, NOW, f"{user}") is None, "an office whose phones all start"
        gate.knows(STRANGER, f"{user}", NOW)
    assert gate.did(STRANGER, Offence.SCANNER, False, NOW) is None
    assert gate.did(STRANGER, Offence.SCANNER, False, NOW + KNOWN_SECONDS + 1) is not None


def test_phones_are_never_banned_for_their_neighbours_and_may_send_more() -> None:
    gate = make(strangers={"per_second": 1, "burst": 2}, phones={"per_second": 1, "burst": 50})
    assert [gate.lets_in(STRANGER, True, NOW) for _ in range(51)] == [True] * 50 + [False]
    assert gate.did(STRANGER, Offence.SCANNER, True, NOW) is None
    assert len(gate.bans) == 0


def test_who_sends_too_fast_is_dropped_then_let_in_again_and_at_last_banned() -> None:
    gate = make(strangers={"per_second": 1, "burst": 2})
    assert [gate.lets_in(STRANGER, False, NOW) for _ in range(4)] == [True, True, False, False]
    assert gate.lets_in(STRANGER, False, NOW + 1)
    for _ in range(20):
        gate.lets_in(STRANGER, False, NOW + 1)
    assert [ban.reason for ban in gate.bans.standing(NOW + 1)] == ["flood"]


@pytest.mark.parametrize("offence", list(Offence))
def test_who_speaks_over_streams_is_not_banned_for_datagrams_that_anybody_can_forge(offence: Offence) -> None:
    gate = make(ban_seconds=60)
    assert gate.lets_in(STRANGER, False, NOW, stream=True)
    for number in range(1000):
        assert gate.did(STRANGER, offence, False, NOW + 1, str(number)) is None
    assert not gate.lets_in(STRANGER, False, NOW + 2), "datagrams that do so are dropped for a while"
    assert gate.lets_in(STRANGER, False, NOW + 2, stream=True) and not gate.keeps_out(STRANGER, NOW + 2)
    assert gate.lets_in(STRANGER, False, NOW + 62)
    assert len(gate.bans) == 0


def test_a_stream_proves_an_address_for_a_while_and_no_other_one() -> None:
    gate = make()
    gate.lets_in(STRANGER, False, NOW, stream=True)
    assert gate.did("203.0.113.10", Offence.SCANNER, False, NOW) is not None
    assert gate.did(STRANGER, Offence.SCANNER, False, NOW + STREAM_SECONDS - 1) is None
    assert gate.did(STRANGER, Offence.SCANNER, False, NOW + STREAM_SECONDS + 1) is not None
    gate.sweep(NOW + 2 * STREAM_SECONDS)
    assert gate._spoke == {} and gate._unheard == {}


def test_what_is_done_over_a_stream_is_nobody_elses() -> None:
    gate = make(wrong_passwords=3)
    gate.lets_in(STRANGER, False, NOW, stream=True)
    for _ in range(2):
        assert gate.did(STRANGER, Offence.PASSWORD, False, NOW, stream=True) is None
        assert gate.did(STRANGER, Offence.PASSWORD, False, NOW) is None, "counted apart"
    assert gate.did(STRANGER, Offence.PASSWORD, False, NOW, stream=True) is not None


def test_a_pardon_lets_datagrams_in_again() -> None:
    gate = make()
    gate.lets_in(STRANGER, False, NOW, stream=True)
    gate.did(STRANGER, Offence.SCANNER, False, NOW)
    assert not gate.lets_in(STRANGER, False, NOW)
    assert gate.pardon(STRANGER) == Ban(STRANGER, "datagrams", NOW, NOW + 600)
    assert gate.lets_in(STRANGER, False, NOW)
    with pytest.raises(GateError, match="is not banned"):
        gate.pardon(STRANGER)


def test_bans_grow_and_a_good_while_without_one_forgives() -> None:
    bans = Bans(600, 2000, 7 * 86400)
    at = NOW
    lengths = []
    for _ in range(4):
        ban = bans.ban(STRANGER, "scanner", at)
        lengths.append(ban.until - at)
        at = ban.until + 1
    assert lengths == [600, 1200, 2000, 2000]
    bans.sweep(at + 7 * 86400)
    assert len(bans) == 0
    assert bans.ban(STRANGER, "scanner", at + 7 * 86400).times == 1


def test_by_hand() -> None:
    gate = make()
    ban = gate.ban(STRANGER, 1e12, "known to the police", NOW)
    assert (ban.until, ban.reason) == (NOW + LONGEST_BY_HAND, "known to the police")
    assert not gate.lets_in(STRANGER, True, NOW), "by hand even where a phone lives"
    assert gate.pardon(STRANGER) == ban
    assert gate.lets_in(STRANGER, False, NOW)
    for host, what in (("10.0.0.1", "trunk's"), ("192.0.2.9", "allow"), ("2001:db8:1::9", "trunk's"), ("x", "no IP")):
        with pytest.raises(GateError, match=what):
            gate.ban(host, 60, "", NOW)
    with pytest.raises(GateError, match="not banned"):
        gate.pardon(STRANGER)


def test_sources() -> None:
    assert source_of("203.0.113.9") == source_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff") == "2001:db8::/64"
    assert source_of("fe80::1%eth0") == "fe80::/64"


hosts = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str) | st.sampled_from(
    ["10.0.0.1", "192.0.2.77", "2001:db8:1::7", "2001:db8:1::8", "::ffff:192.0.2.1", STRANGER]
)
deeds = st.tuples(
    hosts, st.sampled_from(["packet", "scan", "hand", *Offence]), st.floats(0, 3600), st.booleans(), st.text(max_size=3)
)


@given(st.lists(deeds, max_size=80))
def test_never_an_allowed_source_and_every_ban_ends(given_deeds: list[tuple[Any, ...]]) -> None:
    gate = make(calls_in_vain=1, strangers={"per_second": 0.1, "burst": 1})
    now = NOW
    for host, deed, seconds, phone, user in given_deeds:
        now += seconds
        if isinstance(deed, Offence):
            gate.did(host, deed, phone, now, user)
        elif deed == "scan":
            gate.sees(options("friendly-scanner"), host, phone, now)
        elif deed == "hand":
            with suppress(GateError):
                gate.ban(host, seconds, "by hand", now)
        else:
            gate.lets_in(host, phone, now)
    for host in ("10.0.0.1", "192.0.2.77", "2001:db8:1::7", "::ffff:192.0.2.1"):
        assert gate.lets_in(host, False, now)
    nets = [ip_network("10.0.0.0/30"), ip_network("192.0.2.0/24")]
    for ban in gate.bans.kept():
        assert ban.until <= now + LONGEST_BY_HAND
        address = ip_network(ban.source).network_address
        assert not any(address.version == net.version and ip_address(str(address)) in net for net in nets)
    assert gate.bans.standing(now + LONGEST_BY_HAND) == []


@given(st.lists(st.tuples(st.ip_addresses(v=4).map(str), st.floats(0, 100)), max_size=200))
def test_memory_is_bounded(sources: list[tuple[str, float]]) -> None:
    offences, bans, now = Offences(Guarding(), most=20), Bans(1, 2, 3, most=20), NOW
    for source, seconds in sources:
        now += seconds
        offences.sent(source, False, now)
        offences.committed(source, Offence.VAIN, now)
        ban = bans.ban(source, "flood", now)
        assert bans.banned(source, now) and ban.until > now
        assert len(offences) <= 20 and len(bans) <= 20
