"""The edge's rules behind the gate: scanners, strangers, trunks with a login, limits, draining. No sockets."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from records.credentials import Credentials, credentials_for
from telephony.edge.asked import AskError, answer, state_of
from telephony.edge.guard.bans import LONGEST_BY_HAND, Ban
from telephony.edge.kept.remembered import dump_bans, is_draining, keep_draining, load_bans
from telephony.edge.proxy.actions import Action, Fetch, Send
from telephony.edge.proxy.answers import PRIVATE
from telephony.edge.proxy.front import Proxy
from telephony.edge.registrar.bindings import Binding
from telephony.edge.registrar.register import Registrar
from telephony.edge.sip.digest import Digest, Verdict, expected, parse_authorization
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Request, Response
from telephony.edge.trunks.pulse import Line
from tests.telephony.test_edge_phones import credentials as proof

NOW = 1_700_000_000.0
STRANGER = Flow("udp", "203.0.113.9", 5060)
CARRIER = Flow("udp", "10.0.0.1", 5060)


def make(home: Path, sip: dict[str, Any] | None = None, **carrier: Any) -> Proxy:
    settings = Settings.model_validate(
        {
            "home": home,
            "folder": home,
            "sip": {"host": "10.0.0.9", "port": 5060, "inside_port": 15060} | (sip or {}),
            "trunks": [
                {"name": "carrier", "addresses": ["10.0.0.0/30"]} | carrier,
                {"name": "roaming", "login": {"user": "peer", "password": "geheim"}},
            ],
        }
    )
    salts = itertools.count()
    made = Proxy(settings, b"k" * 32, lambda: f"{next(salts):016x}", [])
    idle = [{"worker": f"w{n}", "sip_port": 40000 + n, "state": "idle"} for n in range(9)]
    made.workers_listed(idle, NOW)
    return made


@pytest.fixture
def proxy(tmp_path: Path) -> Proxy:
    return make(tmp_path)


def request(
    method: str, source: Flow, name: str, extra: str = "", user: str = "13900001111", uri: str = "sip:12348@12348"
) -> bytes:
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {source.host}:{source.port};branch=z9hG4bK{name};rport\r\n{extra}"
        f"From: <sip:{user}@x>;tag=f\r\nTo: <sip:{user}@x>\r\nCall-ID: {name}\r\nCSeq: 7 {method}\r\n"
        f"Contact: <sip:{user}@{source.host}:{source.port}>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def sent(actions: list[Action]) -> list[Message]:
    return [action.message for action in actions if isinstance(action, Send)]


def statuses(actions: list[Action]) -> list[int]:
    return [message.status for message in sent(actions) if isinstance(message, Response)]


def invites(actions: list[Action]) -> list[Request]:
    return [message for message in sent(actions) if isinstance(message, Request) and message.method == "INVITE"]


def test_a_scanner_gets_no_answer_at_all_and_a_trunk_always_does(proxy: Proxy) -> None:
    agent = "User-Agent: friendly-scanner\r\n"
    assert proxy.received(request("OPTIONS", STRANGER, "o1", agent), STRANGER, NOW) == []
    assert proxy.received(request("OPTIONS", STRANGER, "o2"), STRANGER, NOW + 599) == []
    assert statuses(proxy.received(request("OPTIONS", STRANGER, "o3"), STRANGER, NOW + 601)) == [200]
    assert statuses(proxy.received(request("OPTIONS", CARRIER, "o4", agent), CARRIER, NOW)) == [200]
    assert dict(proxy.state.counts) == {"bans": 1, "dropped_banned": 1, "scanners": 1}


def test_who_calls_without_a_right_to_is_soon_not_heard_any_more(proxy: Proxy) -> None:
    seen = [
        statuses(proxy.received(request("INVITE", STRANGER, f"i{n}", uri="sip:900@x"), STRANGER, NOW)) for n in range(7)
    ]
    assert seen == [[403]] * 5 + [[]] * 2


def test_one_call_in_vain_that_is_sent_again_is_one(proxy: Proxy) -> None:
    """A phone that does not hear its 403 sends the INVITE seven times (§17.1.1.2); nobody is banned for that."""
    call = request("INVITE", STRANGER, "i", uri="sip:900@x")
    for at in (0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5):
        assert statuses(proxy.received(call, STRANGER, NOW + at)) == [403]
    other = [request("INVITE", STRANGER, "i", uri=f"sip:{n}@x") for n in range(901, 907)]
    seen = [statuses(proxy.received(each, STRANGER, NOW + 31.5)) for each in other]
    assert [] in seen, "another number under the same Call-ID is another call"


def test_who_tries_names_is_soon_not_heard_any_more(proxy: Proxy) -> None:
    seen = [
        statuses(proxy.received(request("REGISTER", STRANGER, f"r{n}", user=f"{n}"), STRANGER, NOW)) for n in range(40)
    ]
    assert seen == [[401]] * 30 + [[]] * 10


def test_malformed_messages_are_answered_for_a_while(tmp_path: Path) -> None:
    proxy = make(tmp_path, {"guard": {"malformed": 3}})
    bad = request("OPTIONS", STRANGER, "o").replace(b"CSeq: 7 OPTIONS", b"CSeq: seven OPTIONS")
    assert [statuses(proxy.received(bad, STRANGER, NOW)) for _ in range(4)] == [[400], [400], [400], []]


def test_a_call_that_is_up_is_not_counted_against_its_party(proxy: Proxy) -> None:
    gone = request("BYE", STRANGER, "b").replace(b"To: <sip:13900001111@x>", b"To: <sip:13900001111@x>;tag=t")
    for _ in range(50):
        assert statuses(proxy.received(gone, STRANGER, NOW)) == [481]
    assert len(proxy.state.gate.bans) == 0


def log_in(proxy: Proxy, name: str, password: str, known: Credentials | None = None) -> list[Action]:
    [challenge] = sent(proxy.received(request("INVITE", STRANGER, f"{name}1"), STRANGER, NOW))
    assert isinstance(challenge, Response) and challenge.status == 407
    given = proof(challenge, "INVITE", "sip:12348@12348", "peer", password)
    [fetch] = proxy.received(request("INVITE", STRANGER, f"{name}2", given), STRANGER, NOW)
    assert isinstance(fetch, Fetch) and fetch.user == "peer", "looked up like anybody's"
    return proxy.credentials(fetch.job, known, NOW)


def test_a_trunk_with_a_login_may_call_from_anywhere(proxy: Proxy) -> None:
    actions = log_in(proxy, "l", "geheim")
    [went] = invites(actions)
    assert (went.get(f"{PRIVATE}Trunk"), went.get(f"{PRIVATE}Caller")) == ("roaming", "13900001111")
    assert went.get("Proxy-Authorization") is None
    assert proxy.state.trunk_at(STRANGER.host) == "roaming"
    assert statuses(log_in(proxy, "m", "guess")) == [407]
    assert proxy.state.counts["digests_wrong"] == 1
    assert statuses(proxy.received(request("INVITE", STRANGER, "n", uri="sip:900@x"), STRANGER, NOW)) == [403]


def test_an_agent_of_the_same_name_is_not_the_trunk(proxy: Proxy) -> None:
    assert statuses(log_in(proxy, "l", "agents", credentials_for("peer", "12348", "agents"))) == [407]


def test_what_the_worker_is_told_of_the_caller(proxy: Proxy) -> None:
    extra = "P-Asserted-Identity: <tel:+86-571-8888-6666>\r\nX-Hotline-Caller: 110\r\n"
    [went] = invites(proxy.received(request("INVITE", CARRIER, "i", extra), CARRIER, NOW))
    assert went.all(f"{PRIVATE}Caller") == ["057188886666"] and went.get("P-Asserted-Identity") is None


@pytest.mark.parametrize("called", ["+8612348", "008612348"])
def test_our_number_with_the_countrys_code_is_ours(proxy: Proxy, called: str) -> None:
    assert invites(proxy.received(request("INVITE", CARRIER, "i", uri=f"sip:{called}@x"), CARRIER, NOW))


def test_more_calls_than_may_be_up_get_503_and_when_to_come_again(tmp_path: Path) -> None:
    proxy = make(tmp_path, {"limits": {"calls": 2, "retry_after_seconds": 9}})
    seen = [sent(proxy.received(request("INVITE", CARRIER, f"i{n}"), CARRIER, NOW)) for n in range(3)]
    [refused] = seen[2]
    assert isinstance(refused, Response) and (refused.status, refused.get("Retry-After")) == (503, "9")
    assert [isinstance(each[1], Request) for each in seen[:2]] == [True, True]
    proxy.worker_said({"worker": "w0", "state": "gone"}, NOW)
    proxy.worker_said({"worker": "w1", "state": "gone"}, NOW)
    assert state_of(proxy.state, NOW)["counts"]["refused_calls"] == 1


def test_a_trunks_own_limits(tmp_path: Path) -> None:
    proxy = make(tmp_path, limits={"calls": 1})
    assert invites(proxy.received(request("INVITE", CARRIER, "i1"), CARRIER, NOW))
    assert statuses(proxy.received(request("INVITE", CARRIER, "i2"), CARRIER, NOW)) == [503]
    assert invites(log_in(proxy, "l", "geheim")), "the other trunk is not full"
    proxy.received(request("CANCEL", CARRIER, "i1"), CARRIER, NOW)


def test_draining_refuses_new_calls_and_lets_those_that_are_up_go_on(proxy: Proxy) -> None:
    first = request("INVITE", CARRIER, "i1")
    assert invites(proxy.received(first, CARRIER, NOW))
    assert answer(proxy.state, {"ask": "drain", "on": True}, NOW) == {"draining": True, "calls": 1, "at": NOW}
    [refused] = sent(proxy.received(request("INVITE", CARRIER, "i2"), CARRIER, NOW))
    assert isinstance(refused, Response) and (refused.status, refused.get("Retry-After")) == (503, "60")
    assert statuses(proxy.received(first, CARRIER, NOW + 0.5)) == [100], "the call that is coming up goes on"
    answer(proxy.state, {"ask": "drain", "on": False}, NOW)
    assert invites(proxy.received(request("INVITE", CARRIER, "i3"), CARRIER, NOW))


@pytest.mark.parametrize(
    "message",
    [
        {"ask": "nonsense"},
        {"ask": "drain"},
        {"ask": "drain", "on": 1},
        {"ask": "ban", "address": "10.0.0.1"},
        {"ask": "ban", "address": "carrier.example"},
        {"ask": "ban", "address": "203.0.113.9", "seconds": -1},
        {"ask": "ban", "address": "203.0.113.9", "seconds": "x"},
        {"ask": "ban", "address": "203.0.113.9", "reason": "two\nlines"},
        {"ask": "pardon", "address": "203.0.113.9"},
    ],
)
def test_what_cannot_be_done_is_said(proxy: Proxy, message: dict[str, Any]) -> None:
    with pytest.raises(AskError):
        answer(proxy.state, message, NOW)
    assert len(proxy.state.gate.bans) == 0


def test_the_state_names_nobody(proxy: Proxy) -> None:
    answer(proxy.state, {"ask": "ban", "address": "203.0.113.9"}, NOW)
    proxy.received(request("INVITE", CARRIER, "i"), CARRIER, NOW)
    told = str(state_of(proxy.state, NOW))
    assert "203.0.113" not in told and "139" not in told and "10.0.0" not in told
    assert [row["address"] for row in answer(proxy.state, {"ask": "bans"}, NOW)] == ["203.0.113.9"]


def test_nonces_of_an_edge_before_this_one_are_stale() -> None:
    before, after = (Digest("12348", b"k" * 32, run=run) for run in ("00000001", "00000002"))
    known = credentials_for("1001", "12348", "secret")

    def verdict(digest: Digest, maker: Digest, made_at: float, at: float) -> Verdict:
        text = f'Digest username="1001", realm="12348", nonce="{maker.nonce(made_at, "0" * 16)}", uri="sip:x", '
        found = parse_authorization(f'{text} response="x", cnonce="c", qop=auth, nc=00000001', "12348")
        assert found is not None
        right = expected(found, "REGISTER", known.ha1_md5)
        found = parse_authorization(f'{text} response="{right}", cnonce="c", qop=auth, nc=00000001', "12348")
        assert found is not None
        return digest.check(found, "REGISTER", known, at)

    assert verdict(before, before, NOW, NOW) is Verdict.RIGHT
    assert verdict(before, before, NOW, NOW) is Verdict.STALE, "a count that was used"
    assert verdict(after, before, NOW, NOW + 1) is Verdict.STALE, "it may have been used with the edge before"
    assert verdict(after, after, NOW, NOW) is Verdict.RIGHT, "in the very millisecond, and after a clock set back"


def test_bans_and_draining_are_kept(tmp_path: Path) -> None:
    bans = [Ban("203.0.113.9", "scanner", NOW, NOW + 600, 3)]
    file = tmp_path / "bans.json"
    file.write_bytes(dump_bans(bans))
    assert load_bans(file, NOW) == bans
    endless = [Ban("203.0.113.9", "x", NOW, NOW + LONGEST_BY_HAND + 60), Ban("203.0.113.8", "x", NOW, float("nan"))]
    file.write_bytes(dump_bans(endless))
    assert load_bans(file, NOW) == []
    for text in ("", "{}", "[1]", '[{"source": 1}]'):
        file.write_text(text)
        assert load_bans(file, NOW) == []
    settings = Settings(home=tmp_path, folder=tmp_path)
    assert not is_draining(settings)
    keep_draining(settings, on=True)
    assert is_draining(settings)
    keep_draining(settings, on=False)
    keep_draining(settings, on=False)
    assert not is_draining(settings)


@pytest.mark.parametrize("transport", ["tcp", "tls", "ws", "wss"])
def test_rates_hold_on_streams_and_phones_in_pages_have_those_of_phones(tmp_path: Path, transport: Any) -> None:
    rates = {"strangers": {"per_second": 1, "burst": 3}, "phones": {"per_second": 1, "burst": 6}}
    proxy = make(tmp_path, {"guard": rates})
    page = Flow(transport, "203.0.113.7", 40000)
    proxy.connected(page)

    def heard(prefix: str, at: float) -> int:
        found = [proxy.received(request("OPTIONS", page, f"{prefix}{n}"), page, at) for n in range(10)]
        return sum(statuses(each) == [200] for each in found)

    assert heard("a", NOW) == 3
    contact = "sip:1001@df7jal.invalid;transport=ws"
    binding = Binding("1001", contact, page, NOW + 3600, NOW, "r", 1)
    proxy = make(tmp_path, {"guard": rates})
    proxy.state.registrar = Registrar([binding])
    proxy.connected(page)
    heard("b", NOW)
    assert heard("c", NOW + 60) == 6
    proxy.disconnected(page, NOW)
    heard("d", NOW + 120)
    assert heard("e", NOW + 180) == 3, "its connection has gone, and it with it"


def test_carriers_on_streams_hear_at_once_that_there_is_no_connection(tmp_path: Path) -> None:
    target = {"host": "10.0.0.1", "port": 5061, "transport": "tcp", "allow": ["1…"], "caller_id": "02012348"}
    account = {"user": "u", "password": "p"}
    proxy = make(tmp_path, outbound=target, account=account, registration={}, health={"down_after": 2})
    proxy.start(NOW)
    for at in (NOW, NOW + 30):
        asked = [each for each in proxy.tick(at) if isinstance(each, Send)]
        assert all(each.connect for each in asked) and asked
        for each in asked:
            proxy.undelivered(each, at)
    pulse, enrolment = proxy.state.carriers.pulse("carrier"), proxy.state.carriers.enrolment("carrier")
    assert pulse is not None and pulse.line is Line.DOWN
    assert enrolment is not None and enrolment.status == 0 and enrolment.due is not None, "and it tries again"
    assert proxy.state.own == {}
