"""INVITEs that a worker's SIP stack drops without a word: the caller is refused and the worker lives."""

from pathlib import Path

import pytest

from telephony.edge.calls.reading import UNREADABLE
from telephony.edge.calls.workers import UNUSED
from telephony.edge.proxy.actions import Action, Retire
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.message import Message, Response
from telephony.edge.transactions.invites import SILENCE
from tests.telephony.edge_proxy import NOW, TRUNK, answer, call, inside, last, make, request, sends, shown

WORKER = inside(40001)


@pytest.fixture
def proxy(tmp_path: Path) -> Proxy:
    """An edge with the idle workers w1 (longest idle) and w2."""
    made = make(tmp_path)
    made.workers_listed([], NOW - 60)
    for at, name in enumerate(("w1", "w2")):
        made.worker_said({"worker": name, "sip_port": 40001 + at, "state": "idle"}, NOW - 50 + at)
    return made


def asked(proxy: Proxy) -> tuple[Message, Message]:
    """The INVITE that w1 says nothing to, and the OPTIONS behind it."""
    sent = call(proxy)
    again, options = sends(proxy.tick(NOW + 0.5))
    assert (again.message, again.flow, options.flow) == (sent, WORKER, WORKER)
    return sent, options.message


def through(proxy: Proxy, begin: float, end: float) -> list[Action]:
    steps = range(int(begin * 10), int(end * 10) + 1)
    return [action for step in steps for action in proxy.tick(NOW + step / 10)]


def test_a_worker_that_answers_options_and_not_the_invite_lives_and_the_caller_is_refused(proxy: Proxy) -> None:
    _, options = asked(proxy)
    assert (options.get("To"), len(options.all("Via"))) == ("<sip:127.0.0.1:40001>", 1)
    assert proxy.received(answer(options, 200), WORKER, NOW + 0.6) == []
    assert through(proxy, 0.7, 1.0) == [], "the INVITE may still be answered"
    refused = proxy.tick(NOW + 1.1)
    assert shown(refused) == [("CANCEL", WORKER), ("400", TRUNK)]
    final = last(refused)
    assert isinstance(final, Response) and final.reason == UNREADABLE
    actions = through(proxy, 1.2, 8)
    assert not [action for action in actions if isinstance(action, Retire)]
    assert {flow for _, flow in shown(actions)} == {TRUNK}, "no other worker is asked"


def test_the_worker_takes_the_next_call(proxy: Proxy) -> None:
    _, options = asked(proxy)
    proxy.received(answer(options, 200), WORKER, NOW + 0.6)
    proxy.tick(NOW + 1.1)
    proxy.worker_said({"worker": "w2", "sip_port": 40002, "state": "gone"}, NOW + 2)
    assert shown(proxy.received(request(branch="two", cseq=2), TRUNK, NOW + 2)) == [("100", TRUNK)]
    assert ("INVITE", WORKER) in shown(through(proxy, 2.1, 1.1 + UNUSED + 1))


def test_one_that_is_slow_and_answers_the_invite_after_all_has_the_call(proxy: Proxy) -> None:
    sent, options = asked(proxy)
    proxy.received(answer(options, 200), WORKER, NOW + 0.6)
    assert proxy.received(answer(sent, 100), WORKER, NOW + 0.9) == []
    assert through(proxy, 1, 5) == []
    assert shown(proxy.received(answer(sent, 200), WORKER, NOW + 5)) == [("200", TRUNK)]


def test_one_that_the_nursery_calls_busy_serves_and_is_neither_refused_nor_ended(proxy: Proxy) -> None:
    sent, options = asked(proxy)
    proxy.received(answer(options, 200), WORKER, NOW + 0.6)
    proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "busy"}, NOW + 0.9)
    assert {what for what, _ in shown(through(proxy, 1, 2))} == {"INVITE"}
    assert shown(proxy.received(answer(sent, 200), WORKER, NOW + 2.1)) == [("200", TRUNK)]


def test_one_that_serves_and_stays_silent_is_not_ended_for_it(proxy: Proxy) -> None:
    _, options = asked(proxy)
    proxy.received(answer(options, 200), WORKER, NOW + 0.6)
    proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "busy"}, NOW + 0.9)
    actions = through(proxy, 1, SILENCE)
    assert not [action for action in actions if isinstance(action, Retire)]
    assert shown(actions)[-2:] == [("CANCEL", WORKER), ("INVITE", inside(40002))]


def test_a_caller_who_cancelled_is_told_so(proxy: Proxy) -> None:
    _, options = asked(proxy)
    proxy.received(request("CANCEL"), TRUNK, NOW + 0.6)
    proxy.received(answer(options, 200), WORKER, NOW + 0.7)
    assert shown(proxy.tick(NOW + 1.2)) == [("CANCEL", WORKER), ("487", TRUNK)]


def test_a_late_answer_of_a_worker_that_was_given_up_says_nothing_of_the_next(proxy: Proxy) -> None:
    _, options = asked(proxy)
    assert Retire("w1") in through(proxy, 0.6, SILENCE)
    assert proxy.received(answer(options, 200), WORKER, NOW + SILENCE + 0.1) == []
    again = through(proxy, SILENCE + 0.2, SILENCE + 1.4)
    assert {what for what, flow in shown(again) if flow == TRUNK} == set()
