"""Live streams over real HTTP: snapshots, beats, who sees which number, and when a stream ends."""

import time
from collections.abc import Callable
from typing import Any

import pytest


def test_the_state_of_the_agent_and_the_call_with_its_full_number(console: Any) -> None:
    agent = console.agent(ready=False)
    with agent.events("/live/me") as events:
        assert events.answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        first = events.snapshot()
        assert (first["me"]["state"], first["me"]["phone"], first["call"]) == ("PAUSED", True, None)
        agent.post("/desk/ready")
        assert events.snapshot()["me"]["state"] == "READY"
        call = console.call(caller="13712345678")
        ringing = seen(events, lambda now: now["me"]["state"] == "RINGING")
        assert ringing["call"]["caller"] == "13712345678"
        assert ringing["call"]["transcript"] == "老板欠我三个月工资不给怎么办"
        assert ringing["call"]["label_name"] == "劳动"
        console.join(call, agent.name)
        assert seen(events, lambda now: now["me"]["state"] == "TALKING")["call"]["agent"] == agent.name
        console.end(call)
        console.finish(call)
        assert seen(events, lambda now: now["me"]["state"] == "WRAP_UP")["me"]["call"] == call


def seen(events: Any, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first snapshot that is as wanted; the stream's own end is the end of patience."""
    while True:
        now: dict[str, Any] = events.snapshot()
        if wanted(now):
            return now


@pytest.mark.parametrize("role", ["agent", "supervisor", "clerk", "admin", "auditor"])
def test_the_board_masks_numbers_and_words_for_everybody(console: Any, role: str) -> None:
    busy = console.agent()
    talking = console.call(caller="13712345678")
    console.join(talking, busy.name)
    waiting = console.call(caller="02586001122")
    with console.person(role).events("/live/board") as events:
        shown = events.snapshot()
    text = str(shown)
    assert "13712345678" not in text
    assert "02586001122" not in text
    assert "老板" not in text
    assert {one["call"]: one["caller"] for one in shown["calls"]}[talking] == "137****5678"
    assert {one["call"]: one["caller"] for one in shown["queue"]}[waiting] == "025****1122"
    console.end(talking)
    console.end(waiting)


@pytest.mark.parametrize("role", ["supervisor", "clerk", "admin", "auditor"])
def test_others_have_no_call_of_their_own(console: Any, role: str) -> None:
    busy = console.agent()
    console.join(call := console.call(), busy.name)
    with console.person(role).events("/live/me") as events:
        shown = events.snapshot()
    assert shown["me"] is None
    assert shown["call"] is None
    console.end(call)


def test_another_agent_does_not_see_the_call(console: Any) -> None:
    console.join(call := console.call(), console.agent().name)
    with console.person("agent").events("/live/me") as events:
        assert events.snapshot()["call"] is None
    console.end(call)


def test_a_burst_of_changes_is_sent_as_few_snapshots(console: Any) -> None:
    agent = console.agent(ready=False)
    with agent.events("/live/me") as events:
        events.snapshot()
        for number in range(60):
            console.order(fact="PauseAsked", agent=agent.name, reason=f"原因{number}")
        begun = time.monotonic()
        console.order(fact="PauseAsked", agent=agent.name, reason="最后")
        snapshots = 1
        while events.snapshot()["me"]["reason"] != "最后":
            snapshots += 1
        assert snapshots <= 5 * (time.monotonic() - begun) + 60 / 5 + 2
        assert snapshots < 60


def test_what_did_not_change_for_this_person_is_not_sent(console: Any) -> None:
    agent, other = console.agent(ready=False), console.agent(ready=False)
    with agent.events("/live/me") as events:
        events.snapshot()
        console.order(fact="PauseAsked", agent=other.name, reason="用餐")
        names = [events.next()[0], events.next()[0]]
    assert names == ["beat", "beat"]


def test_a_beat_tells_the_time_of_the_server(console: Any) -> None:
    with console.person("clerk").events("/live/me") as events:
        events.snapshot()
        name, data = events.next()
    assert name == "beat"
    assert abs(float(data) - time.time()) < 60


def test_signing_out_closes_the_streams_of_that_session_only(console: Any) -> None:
    person = console.person("clerk")
    other = console.again(person)
    with person.events("/live/me") as events, other.events("/live/me") as others:
        events.snapshot()
        others.snapshot()
        person.post("/signout")
        names = []
        with pytest.raises(StopIteration):
            while True:
                names.append(events.next()[0])
        assert names[-1] == "ended"
        assert others.next()[0] == "beat"


def test_trouble_is_told_to_everybody(console: Any) -> None:
    with console.person("supervisor").events("/live/board") as events:
        events.snapshot()
        console.order(speech="没有模型")
        assert seen(events, lambda now: not now["speech"]["on"])["speech"]["reason"] == "没有模型"
        console.order(speech="", log="磁盘已满")
        assert seen(events, lambda now: not now["log"]["ok"])["log"]["reason"] == "磁盘已满"
        console.order(log="")
        assert seen(events, lambda now: now["log"]["ok"] and now["speech"]["on"])


def test_many_streams_come_and_go(console: Any) -> None:
    agent = console.agent(ready=False)
    streams = [agent.events("/live/me") for _ in range(20)]
    for stream in streams[:10]:
        stream.answer.close()
    console.order(fact="PauseAsked", agent=agent.name, reason="会议")
    for stream in streams[10:]:
        assert seen(stream, lambda now: now["me"]["reason"] == "会议")
        stream.answer.close()
    assert agent.get("/health").json()["ok"] is True
