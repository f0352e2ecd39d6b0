"""A user with several phones: all of them ring, one has the call, and the worker sees one INVITE and one end of it."""

import random
from pathlib import Path
from typing import Any

import pytest

from config.edge import Registrations
from telephony.edge.calls import forking
from telephony.edge.calls.rings import NEXT, Event, Phase
from telephony.edge.proxy.actions import Action
from telephony.edge.proxy.front import Proxy
from telephony.edge.registrar.bindings import Binding
from telephony.edge.registrar.register import Registrar
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Request
from telephony.edge.transactions.invites import LINGER, LONGEST, SILENCE
from tests.telephony.edge_proxy import NOW, answer, inside, make, sends, shown

WORKER = inside(40001)
DESK, MOBILE, SOFT = Flow("udp", "10.1.1.1", 5060), Flow("udp", "10.1.1.2", 5060), Flow("tcp", "10.1.1.3", 40000)


def edge(tmp_path: Path, *phones: tuple[Flow, float]) -> Proxy:
    """w1, and 1001 with these phones (and their q), the last of them the newest."""
    made = make(tmp_path)
    bindings = [
        Binding("1001", f"sip:1001@{flow.host}:{flow.port}", flow, NOW + 9000, NOW + at, f"r{at}", 1, q=q)
        for at, (flow, q) in enumerate(phones or ((DESK, 1.0), (MOBILE, 1.0)))
    ]
    made.state.registrar = Registrar(bindings, Registrations())
    made.state.connections.add(SOFT)
    made.workers_listed([{"worker": "w1", "sip_port": 40001, "state": "busy"}], NOW - 60)
    return made


def from_worker(method: str, to: str = "<sip:1001@h>") -> bytes:
    return (
        f"{method} sip:1001@127.0.0.1:15060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:40001;branch=z9hG4bKring\r\n"
        f"From: <sip:12348@10.0.0.9>;tag=worker\r\nTo: {to}\r\nCall-ID: c2\r\nCSeq: 7 {method}\r\n"
        f"Contact: <sip:12348@127.0.0.1:40001>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


REFUSED = "<sip:1001@h>;tag=t"
"""To in the worker's ACK of a refusal."""

AGAIN = Flow("tcp", SOFT.host, SOFT.port + 1)
"""Where the phone at SOFT comes again from."""


def comes_again(call: "Call") -> None:
    sent = call.asked[SOFT]
    assert isinstance(sent, Request)
    kept = [each for each in call.proxy.state.registrar.bindings() if each.flow != SOFT]
    new = Binding("1001", sent.uri, AGAIN, NOW + 9000, NOW + 2, "r9", 1)
    call.proxy.state.registrar = Registrar([*kept, new], Registrations())
    call.proxy.connected(AGAIN)


class Call:
    """The INVITE of w1 to 1001, and what each phone got of it."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.asked: dict[Flow, Message] = {}
        self.begun = self.take(proxy.received(from_worker("INVITE"), WORKER, NOW))

    def take(self, actions: list[Action]) -> list[tuple[str, Flow]]:
        for send in sends(actions):
            if isinstance(send.message, Request) and send.message.method == "INVITE":
                self.asked[send.flow] = send.message
        self.actions = actions
        return shown(actions)

    def says(self, flow: Flow, status: int, at: float = 1.0) -> list[tuple[str, Flow]]:
        tag = f"t{flow.host}"
        return self.take(self.proxy.received(answer(self.asked[flow], status, tag), flow, NOW + at))

    def worker(self, method: str, at: float = 1.0, to: str = "<sip:1001@h>") -> list[tuple[str, Flow]]:
        return self.take(self.proxy.received(from_worker(method, to), WORKER, NOW + at))

    def tick(self, at: float) -> list[tuple[str, Flow]]:
        return self.take(self.proxy.tick(NOW + at))

    def message(self, flow: Flow) -> Message:
        """What went to `flow` last."""
        return next(send.message for send in sends(self.actions)[::-1] if send.flow == flow)


@pytest.fixture
def call(tmp_path: Path) -> Call:
    made = Call(edge(tmp_path))
    assert made.begun == [("100", WORKER), ("INVITE", MOBILE), ("INVITE", DESK)]
    return made


def test_who_picks_up_has_the_call_and_the_others_stop_ringing(call: Call) -> None:
    assert call.asked[DESK].via.branch != call.asked[MOBILE].via.branch
    assert call.says(DESK, 180) == [("180", WORKER)]
    assert call.says(MOBILE, 180) == [("180", WORKER)]
    assert call.says(MOBILE, 200) == [("200", WORKER), ("CANCEL", DESK)]
    cancel = call.message(DESK)
    assert cancel.via == call.asked[DESK].via
    assert cancel.get("Reason") == 'SIP;cause=200;text="Call completed elsewhere"', "it is no missed call"
    assert call.says(DESK, 487) == [("ACK", DESK)]
    assert call.says(MOBILE, 200) == [("200", WORKER)], "its ACK was lost"
    [dialog] = call.proxy.state.ledger.dialogs()
    assert dialog.route.flow == MOBILE


def test_two_who_pick_up_at_once(call: Call) -> None:
    assert call.says(DESK, 200) == [("200", WORKER)]
    assert call.says(MOBILE, 200) == [("ACK", MOBILE), ("BYE", MOBILE)]
    assert [each.route.flow for each in call.proxy.state.ledger.dialogs()] == [DESK]


def test_one_who_is_busy_leaves_the_call_to_the_other(call: Call) -> None:
    call.says(MOBILE, 180)
    assert call.says(DESK, 486) == [("ACK", DESK)]
    assert call.tick(SILENCE + 20) == []
    assert call.says(MOBILE, 200, 25) == [("200", WORKER)]


@pytest.mark.parametrize(
    ("first", "second", "told"), [(486, 480, "486"), (480, 486, "486"), (503, 404, "404"), (302, 486, "302")]
)
def test_where_nobody_takes_it_the_worker_hears_the_best_of_it_once(
    call: Call, first: int, second: int, told: str
) -> None:
    call.says(DESK, first)
    assert call.says(MOBILE, second) == [("ACK", MOBILE), (told, WORKER)]
    assert call.tick(1.5) == [(told, WORKER)], "until its ACK comes"
    assert call.worker("ACK", 2, "<sip:1001@h>;tag=t") == []
    assert call.says(MOBILE, second, 2.5) == [("ACK", MOBILE)]
    assert [call.tick(at) for at in (3, 10, LINGER + 3)] == [[], [], []]
    assert (len(call.proxy.state.invites), len(call.proxy.state.forks)) == (0, 0)


def test_one_that_declines_declines_for_all(call: Call) -> None:
    call.says(MOBILE, 180)
    assert call.says(DESK, 603) == [("ACK", DESK), ("CANCEL", MOBILE), ("603", WORKER)]
    assert call.message(MOBILE).get("Reason") is None
    assert call.worker("ACK", 1.1, REFUSED) == []
    call.tick(1.6)
    assert call.says(MOBILE, 200, 1.7) == [("ACK", MOBILE), ("BYE", MOBILE)], "picked up as it was cancelled"


def test_the_worker_gives_up(call: Call) -> None:
    call.says(DESK, 180)
    assert call.worker("CANCEL") == [("200", WORKER), ("CANCEL", DESK), ("487", WORKER)]
    assert call.worker("ACK", 1.1, REFUSED) == []
    assert call.worker("CANCEL", 1.2) == [("200", WORKER)]
    assert call.worker("INVITE", 1.2) == [("487", WORKER)], "late copies are known"
    assert call.tick(2) == [("CANCEL", DESK), ("INVITE", MOBILE)], "neither has answered"
    assert call.says(MOBILE, 180, 2.3) == [("CANCEL", MOBILE)], "before it spoke it could not be cancelled (§9.1)"
    assert call.says(MOBILE, 180, 2.3) == []
    assert call.says(MOBILE, 487, 2.4) == [("ACK", MOBILE)], "the worker has had its end"
    assert call.says(DESK, 200, 2.5) == [("ACK", DESK), ("BYE", DESK)]
    assert len(call.proxy.state.ledger) == 0


def sent_again(call: Call, until: float) -> list[tuple[float, Flow]]:
    """When INVITEs went out once more, at the timers up to `until`."""
    found = []
    while (due := max(NOW, call.proxy.next_deadline())) <= NOW + until:
        found += [(round(due - NOW, 1), flow) for name, flow in call.take(call.proxy.tick(due)) if name == "INVITE"]
    return found


def end_by(call: Call, how: str) -> None:
    """An end of the call at 0.3 s while MOBILE has said nothing that was heard."""
    if how == "taken":
        assert call.says(DESK, 200, 0.3) == [("200", WORKER)]
    elif how == "worker gone":
        call.take(call.proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 0.3))
    else:
        call.says(DESK, 180, 0.2)
        _ = call.worker("CANCEL", 0.3) if how == "cancelled" else call.says(DESK, 603, 0.3)
        assert call.worker("ACK", 0.3, REFUSED) == []


@pytest.mark.parametrize("how", ["cancelled", "declined", "taken", "worker gone"])
def test_one_whose_180_was_lost_is_asked_again_until_it_can_be_cancelled(call: Call, how: str) -> None:
    end_by(call, how)
    assert set(sent_again(call, 4)) >= {(0.5, MOBILE), (1.5, MOBILE), (3.5, MOBILE)}
    assert call.says(MOBILE, 180, 4) == [("CANCEL", MOBILE)]
    assert [each for each in sent_again(call, LINGER - 1) if each[1] == MOBILE] == []
    assert len(call.proxy.state.invites) == 1
    sent_again(call, LINGER + 1)
    assert len(call.proxy.state.invites) == 0


@pytest.mark.parametrize("how", ["cancelled", "declined", "taken", "worker gone"])
def test_one_that_never_speaks_is_asked_for_no_longer_than_32_seconds(call: Call, how: str) -> None:
    end_by(call, how)
    times = [at for at, flow in sent_again(call, 100) if flow == MOBILE]
    assert times == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert (len(call.proxy.state.invites), call.proxy.state.invites.next_deadline()) == (0, None)


def test_one_passed_over_for_its_silence_is_asked_again_while_the_next_ring(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (DESK, 0.5), (MOBILE, 1.0)))
    sent_again(call, SILENCE)
    call.says(DESK, 180, SILENCE + 0.1)
    assert MOBILE in {flow for _, flow in sent_again(call, SILENCE + 1)}
    assert call.says(MOBILE, 180, SILENCE + 1) == [("CANCEL", MOBILE)]


def test_a_phone_that_is_not_there_holds_up_nobodys_refusal(call: Call) -> None:
    assert call.says(DESK, 486) == [("ACK", DESK)], "the other may still ring"
    assert call.tick(SILENCE - 0.5) == [("INVITE", MOBILE)]
    assert call.tick(SILENCE + 0.6) == [("486", WORKER)]
    assert call.worker("ACK", SILENCE + 0.6, REFUSED) == []
    call.tick(SILENCE + 1.2)
    assert call.says(MOBILE, 180, SILENCE + 2) == [("CANCEL", MOBILE)]
    call.tick(SILENCE + 0.6 + LINGER)
    assert (len(call.proxy.state.invites), call.proxy.state.invites.next_deadline()) == (0, None)


def test_what_nobody_answers_is_sent_again_and_ends_after_32_seconds(call: Call) -> None:
    seen = [(step / 2, name, flow) for step in range(1, 80) for name, flow in call.tick(step / 2)]
    times = [at for at, name, flow in seen if (name, flow) == ("INVITE", DESK)]
    assert times == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert (LINGER, "408", WORKER) in seen


def test_one_rings_on_though_the_other_is_never_heard_of(call: Call) -> None:
    call.says(DESK, 180)
    for step in range(2, 200):
        assert {flow for _, flow in call.tick(step / 2)} <= {MOBILE}
    assert call.proxy.state.invites.next_deadline() == NOW + LONGEST
    assert call.says(DESK, 200, 101) == [("200", WORKER)]


def test_a_tick_that_comes_late_leaves_no_timer_in_the_past(call: Call) -> None:
    call.says(DESK, 180)
    for at in (0.5, 1.5, 3.5, 7.5, 15.5, LINGER + 0.1):
        call.tick(at)
    deadline = call.proxy.state.invites.next_deadline()
    assert deadline is not None and deadline > NOW + LINGER + 0.1


def test_a_call_that_rings_for_ever_is_given_up(call: Call) -> None:
    call.says(DESK, 180)
    call.tick(LINGER + 1)
    assert call.tick(LONGEST) == [("CANCEL", DESK), ("408", WORKER)]


def test_the_invite_again_is_absorbed(call: Call) -> None:
    assert call.worker("INVITE", 0.4) == [("100", WORKER)]
    call.says(DESK, 180)
    assert call.worker("INVITE", 1.4) == [("180", WORKER)]


def test_phones_of_a_lower_q_ring_when_the_others_will_not(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (MOBILE, 0.5), (DESK, 1.0)))
    assert call.begun == [("100", WORKER), ("INVITE", DESK)]
    assert call.says(DESK, 486) == [("ACK", DESK), ("INVITE", MOBILE)]
    assert call.says(MOBILE, 180) == [("180", WORKER)]
    assert call.says(MOBILE, 200, 2) == [("200", WORKER)]


def test_a_stream_that_is_gone_is_a_phone_that_will_not(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (SOFT, 1.0), (DESK, 1.0)))
    [gone] = [send for send in sends(call.actions) if send.flow == SOFT]
    assert call.take(call.proxy.undelivered(gone, NOW + 0.1)) == []
    assert call.says(DESK, 486) == [("ACK", DESK), ("486", WORKER)]


def test_a_worker_that_dies_rings_nobody(call: Call) -> None:
    call.says(DESK, 180)
    gone = call.proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 1)
    assert call.take(gone) == [("CANCEL", DESK)]
    assert call.says(MOBILE, 180, 1.1) == [("CANCEL", MOBILE)]
    assert call.says(DESK, 200, 1.2) == [("ACK", DESK), ("BYE", DESK)]


def test_a_phone_without_our_record_route_keeps_its_call_here(call: Call) -> None:
    bare = b"\r\n".join(
        line for line in answer(call.asked[DESK], 200).split(b"\r\n") if not line.startswith(b"Record-Route")
    )
    call.take(call.proxy.received(bare, DESK, NOW + 1))
    assert len(call.message(WORKER).all("Record-Route")) == 2


# --- across a restart of the edge


def restarted(call: Call, tmp_path: Path) -> None:
    call.proxy = edge(tmp_path)


def test_a_worker_that_gives_up_across_a_restart_stops_them_all(call: Call, tmp_path: Path) -> None:
    call.says(DESK, 180)
    restarted(call, tmp_path)
    assert call.worker("CANCEL") == [("200", WORKER), ("CANCEL", MOBILE), ("CANCEL", DESK)]
    assert call.message(DESK).via == call.asked[DESK].via
    assert call.message(MOBILE).via == call.asked[MOBILE].via


def test_who_picks_up_across_a_restart_stops_the_others(call: Call, tmp_path: Path) -> None:
    restarted(call, tmp_path)
    assert call.says(MOBILE, 200) == [("200", WORKER), ("CANCEL", DESK)]
    cancel = call.message(DESK)
    assert isinstance(cancel, Request)
    assert (cancel.via, cancel.uri, cancel.to_tag) == (call.asked[DESK].via, "sip:1001@10.1.1.1:5060", "")
    assert call.says(MOBILE, 200, 1.5) == [("200", WORKER)]


def test_a_refusal_across_a_restart_ends_it_for_all(call: Call, tmp_path: Path) -> None:
    restarted(call, tmp_path)
    assert call.says(DESK, 486) == [("486", WORKER)]
    acknowledged = call.worker("ACK", 1.1, "<sip:1001@h>;tag=t10.1.1.1")
    assert {(name, flow) for name, flow in acknowledged if name == "CANCEL"} == {("CANCEL", MOBILE), ("CANCEL", DESK)}
    assert ("ACK", DESK) in acknowledged


@pytest.mark.parametrize("ledger_kept", [False, True])
def test_two_who_pick_up_across_a_restart(call: Call, tmp_path: Path, ledger_kept: bool) -> None:
    before = call.proxy.state.ledger
    if not ledger_kept:
        restarted(call, tmp_path)
    assert call.says(DESK, 200) == [("200", WORKER), *([] if ledger_kept else [("CANCEL", MOBILE)])]
    if ledger_kept:
        restarted(call, tmp_path)
        call.proxy.state.ledger.restore(before.dialogs())
    assert call.says(MOBILE, 200, 1.1) == [("ACK", MOBILE), ("BYE", MOBILE)]
    ack, bye = [send.message for send in sends(call.actions)]
    assert (ack.cseq, ack.to_tag, ack.from_tag) == ((7, "ACK"), "t10.1.1.2", "worker")
    assert (bye.cseq, bye.to_tag, bye.from_tag) == ((8, "BYE"), "t10.1.1.2", "worker")
    assert bye.get("Reason") is None, "its worker is not gone"
    assert call.says(DESK, 200, 1.2) == [("200", WORKER)], "its ACK was lost"
    assert [each.route.flow for each in call.proxy.state.ledger.dialogs()] == [DESK]


def test_one_that_picks_up_when_the_call_has_long_been_taken(call: Call) -> None:
    call.says(DESK, 200)
    call.tick(LINGER + 2)
    assert len(call.proxy.state.invites) == 0
    assert call.says(MOBILE, 200, LINGER + 3) == [("ACK", MOBILE), ("BYE", MOBILE)]
    assert [each.route.flow for each in call.proxy.state.ledger.dialogs()] == [DESK]


def test_one_that_picks_up_when_the_call_is_long_over(call: Call) -> None:
    call.proxy.start(NOW - LONGEST)
    call.says(DESK, 180)
    call.worker("CANCEL")
    call.worker("ACK", 1.1, REFUSED)
    call.tick(LINGER + 2)
    assert len(call.proxy.state.invites) == 0
    assert call.says(DESK, 200, LINGER + 3) == [("ACK", DESK), ("BYE", DESK)]
    assert len(call.proxy.state.ledger) == 0


def test_one_that_picks_up_across_a_restart_for_a_worker_that_is_gone(call: Call, tmp_path: Path) -> None:
    restarted(call, tmp_path)
    call.proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 0.5)
    assert call.says(MOBILE, 200) == [("ACK", MOBILE), ("BYE", MOBILE)]
    assert len(call.proxy.state.ledger) == 0


def test_a_phone_behind_a_proxy_that_calls_two_has_one_call(call: Call) -> None:
    call.says(DESK, 200)
    other = answer(call.asked[DESK], 200, "other")
    assert shown(call.proxy.received(other, DESK, NOW + 1.1)) == [("ACK", DESK), ("BYE", DESK)]
    assert call.says(DESK, 200, 1.2) == [("200", WORKER)]


# --- whatever they say


@pytest.mark.parametrize("seed", range(200))
def test_the_worker_hears_one_end_and_nobody_is_left_ringing(tmp_path: Path, seed: int) -> None:
    """Each phone that picked up is the worker's or was sent BYE; each that rang was cancelled or has the call."""
    chance = random.Random(seed)
    call = Call(edge(tmp_path, (DESK, chance.choice([0.5, 1.0])), (MOBILE, 1.0), (SOFT, chance.choice([0.5, 1.0]))))
    told: list[int] = []
    ringing: set[Flow] = set()
    picked: set[Flow] = set()
    stopped: set[Flow] = set()
    over: set[Flow] = set()
    at = 0.0

    def phone(flow: Flow) -> Flow:
        return SOFT if flow == AGAIN else flow

    def note(seen: list[tuple[str, Flow]]) -> None:
        told.extend(int(name) for name, flow in seen if flow == WORKER and name.isdigit() and int(name) >= 200)
        stopped.update(phone(flow) for name, flow in seen if name in ("CANCEL", "BYE"))
        if any(flow == WORKER and name.isdigit() and int(name) >= 300 for name, flow in seen):
            assert call.worker("ACK", at, REFUSED) == []

    def comes_back() -> None:
        comes_again(call)
        note(call.take(forking.came_again(call.proxy.state, "1001", NOW + at)))

    lost = back = False
    for _ in range(12):
        at += chance.uniform(0, 2)
        if SOFT in call.asked and not lost and chance.random() < 0.1:
            lost = True
            note(call.take(call.proxy.disconnected(SOFT, NOW + at)))
        elif lost and not back and chance.random() < 0.3:
            back = True
            comes_back()
        flow = chance.choice(list(call.asked))
        status = chance.choice([100, 180, 180, 183, 200, 404, 480, 486, 487, 500, 603])
        what = chance.random()
        if what < 0.1:
            cancels: Any = call.worker("CANCEL", at)
            note([each for each in cancels if each[0] != "200"])
        elif flow not in over and what < 0.8:
            over |= {flow} if status >= 200 else set()
            ringing |= {flow} if 100 <= status < 200 else set()
            picked |= {flow} if status == 200 else set()
            ringing -= {flow} if status >= 300 else set()
            note(call.says(flow, status, at))
        note(call.tick(at))
    if lost and not back:
        comes_back()
    for more in (40, 80, LONGEST + 90, LONGEST + 130, LONGEST + 170):
        note(call.tick(at + more))
    assert len(told) == 1, told
    kept = {phone(dialog.route.flow) for dialog in call.proxy.state.ledger.dialogs()}
    assert kept <= picked and len(kept) <= 1
    assert picked - kept <= stopped
    assert (ringing - picked) <= stopped
    assert (len(call.proxy.state.invites), len(call.proxy.state.forks)) == (0, 0)


def test_the_table_of_phases() -> None:
    ended = {Phase.REFUSED, Phase.TAKEN}
    assert {phase for phase, _ in NEXT} == set(Phase) - ended
    assert set(NEXT.values()) | {Phase.ASKED} == set(Phase)
    assert {event for _, event in NEXT} == set(Event)


def test_a_phone_that_came_again_over_a_new_connection_stops_ringing_there(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (DESK, 1.0), (SOFT, 1.0)))
    call.says(SOFT, 180)
    call.proxy.disconnected(SOFT, NOW)
    comes_again(call)
    assert ("CANCEL", AGAIN) in call.says(DESK, 200, 2.0)


def test_a_users_only_phone_that_came_again_stops_ringing_there_and_is_acknowledged_there(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (SOFT, 1.0)))
    call.says(SOFT, 180)
    call.proxy.disconnected(SOFT, NOW + 1)
    comes_again(call)
    assert call.worker("CANCEL", 3) == [("200", WORKER), ("CANCEL", AGAIN), ("487", WORKER)]
    ended = call.proxy.received(answer(call.asked[SOFT], 487), AGAIN, NOW + 3.1)
    assert shown(ended) == [("ACK", AGAIN)]


def test_a_phone_that_rang_and_is_gone_holds_up_nobodys_refusal(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (DESK, 1.0), (SOFT, 1.0)))
    call.says(SOFT, 180)
    assert call.take(call.proxy.disconnected(SOFT, NOW + 5)) == []
    assert call.says(DESK, 486, 6) == [("ACK", DESK)], "it may come again"
    assert call.tick(5 + SILENCE - 0.1) == []
    assert call.proxy.state.invites.next_deadline() == NOW + 5 + SILENCE
    assert call.tick(5 + SILENCE) == [("486", WORKER)]


def test_a_phone_that_came_again_is_waited_for(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (DESK, 1.0), (SOFT, 1.0)))
    call.says(SOFT, 180)
    call.proxy.disconnected(SOFT, NOW + 5)
    call.says(DESK, 486, 6)
    comes_again(call)
    assert call.tick(5 + SILENCE + 1) == []
    call.proxy.disconnected(AGAIN, NOW + 20)
    call.tick(20 + SILENCE - 0.1)
    assert call.tick(20 + SILENCE) == [("486", WORKER)]


def test_a_phone_of_a_lower_q_rings_when_the_other_is_gone(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (DESK, 0.5), (SOFT, 1.0)))
    call.says(SOFT, 180)
    call.tick(10)
    assert call.take(call.proxy.disconnected(SOFT, NOW + 11)) == []
    assert call.tick(11 + SILENCE) == [("INVITE", DESK)]


def test_a_users_only_phone_that_is_gone_for_good_is_not_waited_for(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (SOFT, 1.0)))
    call.says(SOFT, 180)
    call.proxy.disconnected(SOFT, NOW + 40)
    assert call.tick(40 + LINGER - 1) == []
    assert call.tick(40 + LINGER) == [("408", WORKER)]


def test_a_users_only_phone_that_picks_up_after_all_is_let_go(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (DESK, 1.0)))
    call.says(DESK, 180)
    assert call.worker("CANCEL", 2) == [("200", WORKER), ("CANCEL", DESK), ("487", WORKER)]
    assert call.worker("ACK", 2, REFUSED) == []
    assert {name for at in (2.5, 3.5, 20) for name, _ in call.tick(at)} == {"CANCEL"}
    assert call.says(DESK, 200, 2 + LINGER - 1) == [("ACK", DESK), ("BYE", DESK)]
    assert len(call.proxy.state.ledger) == 0


def test_one_that_was_passed_over_may_still_decline_for_all(tmp_path: Path) -> None:
    call = Call(edge(tmp_path, (DESK, 1.0), (MOBILE, 0.5)))
    call.tick(SILENCE + 0.6)
    assert MOBILE in call.asked
    call.says(MOBILE, 180, SILENCE + 0.7)
    assert ("603", WORKER) in call.says(DESK, 603, SILENCE + 1)
