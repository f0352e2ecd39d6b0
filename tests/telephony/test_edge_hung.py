"""Workers that are there and do nothing, and workers no nursery speaks of: who is ended, who is given up, and when."""

from pathlib import Path

import pytest

from telephony.edge.calls.workers import GRACE
from telephony.edge.proxy.actions import Action, Retire, Unanswered
from telephony.edge.proxy.front import Proxy
from telephony.edge.transactions.invites import LINGER
from telephony.edge.transactions.probing import HUNG
from tests.telephony.edge_proxy import NOW, TRUNK, answer, inside, last, make, request, sends, shown, up

WORKER = inside(40001)
ENDED = Retire("w1", hung=True)


@pytest.fixture
def proxy(tmp_path: Path) -> Proxy:
    made = make(tmp_path)
    made.workers_listed([{"worker": "w1", "pid": 7, "sip_port": 40001, "state": "idle"}], NOW - 50)
    return made


def through(proxy: Proxy, begin: float, end: float) -> list[Action]:
    return [action for step in range(int(begin), int(end) + 1) for action in proxy.tick(NOW + step)]


def bye(proxy: Proxy) -> bytes:
    """A BYE of the caller that w1 got; what w1 would answer."""
    back = up(proxy)
    sent = last(proxy.received(request("BYE", "sip:w@127.0.0.1:40001", "bye", "worker", back, 2), TRUNK, NOW))
    return answer(sent, 200)


def test_a_worker_that_lets_a_bye_run_out_is_ended_well_after_a_call_s_end(proxy: Proxy) -> None:
    bye(proxy)
    ran_out = through(proxy, 0, LINGER + 1)
    assert ran_out.count(Unanswered("w1")) == 1
    # A worker that waits for its facts to be acknowledged polls no SIP either.
    assert LINGER + HUNG >= 90
    assert ENDED not in through(proxy, LINGER + 2, 89)
    assert through(proxy, 90, LINGER + HUNG + 20).count(ENDED) == 1


def test_one_that_answers_options_hangs_not_whatever_it_made_of_the_bye(proxy: Proxy) -> None:
    bye(proxy)
    [asked, *_] = sends([each for each in through(proxy, 0, 60) if ("OPTIONS", WORKER) in shown([each])])
    assert proxy.received(answer(asked.message, 200), WORKER, NOW + 60) == []
    assert through(proxy, 61, 200) == []


def test_one_that_is_gone_by_then_is_not_ended_again(proxy: Proxy) -> None:
    bye(proxy)
    through(proxy, 0, LINGER + 1)
    proxy.worker_said({"worker": "w1", "sip_port": 40001, "state": "gone"}, NOW + 50)
    assert ENDED not in through(proxy, 51, 200)


def test_a_bye_that_is_answered_says_nothing_against_the_worker(proxy: Proxy) -> None:
    proxy.received(bye(proxy), WORKER, NOW + 1)
    actions = through(proxy, 2, 200)
    assert ENDED not in actions and Unanswered("w1") not in actions


def test_nobody_is_ended_and_nobody_overdue_while_no_nursery_is_connected(proxy: Proxy) -> None:
    workers = proxy.state.workers
    bye(proxy)
    through(proxy, 0, LINGER + 1)
    proxy.workers_listed([], NOW + 40)
    proxy.nursery_lost()
    assert ENDED not in through(proxy, 41, 150)
    assert workers.overdue(NOW + 150) == [] and workers.lives("unheard of", NOW + 150)
    proxy.workers_listed([], NOW + 151)
    assert workers.overdue(NOW + 150 + GRACE) == [], "the new nursery has its own time to name it"
    assert [worker.name for worker in workers.overdue(NOW + 151 + GRACE)] == ["w1"]
    assert ENDED not in through(proxy, 151, 153), "the nursery could not end whom it does not know"
    proxy.worker_said({"worker": "w1", "pid": 7, "sip_port": 40001, "state": "busy"}, NOW + 154)
    assert through(proxy, 154, 154 + HUNG + 40).count(ENDED) == 1
