"""The transcript of a talk in the console: live, to whom, masked how, switched by whom, and kept with the record."""

import json
from typing import Any

import pytest

from agent_console.sight import words
from records.audit import trail
from records.masking import masked_words
from records.utterance import Utterance

NUMBER = "我的电话是一三八零零零零一二三四"


def say(console: Any, call: str, text: str, began: float = 1.0, leg: str = "caller") -> None:
    console.order(fact="Said", call=call, leg=leg, text=text, began=began, seconds=1.0)


def talking(console: Any, agent: Any) -> str:
    call: str = console.call(caller="13712345678")
    console.join(call, agent.name)
    return call


def told(events: Any) -> dict[str, Any]:
    """What the next `said` event brings."""
    while True:
        event, data = events.next()
        if event == "said":
            found: dict[str, Any] = json.loads(data)
            return found


def actions(console: Any, who: str) -> list[str]:
    return [entry.action for entry in console.database.read(trail, who=who)]


def test_the_agent_gets_each_word_once_and_all_again_with_a_new_stream(console: Any) -> None:
    agent = console.agent()
    call = talking(console, agent)
    with agent.events("/live/me") as events:
        say(console, call, NUMBER)
        first = told(events)
        assert (first["call"], first["from"]) == (call, 0)
        assert [line["text"] for line in first["lines"]] == [NUMBER]
        say(console, call, "您好", 0.2, f"agent:{agent.name}")
        second = told(events)
        assert (second["from"], [line["leg"] for line in second["lines"]]) == (1, [f"agent:{agent.name}"])
    with agent.events("/live/me") as events:
        again = told(events)
        assert (again["from"], len(again["lines"])) == (0, 2)
    console.end(call)
    console.finish(call)


def test_nobody_else_gets_a_word_but_a_supervisor_who_looks_and_that_is_audited(console: Any) -> None:
    agent, other, supervisor = console.agent(), console.person("agent"), console.person("supervisor")
    call = talking(console, agent)
    say(console, call, NUMBER)
    with supervisor.events(f"/live/call/{call}") as events:
        line = told(events)["lines"][0]
        assert line["text"] == "我的电话是一三八****一二三四"
    with supervisor.events(f"/live/call/{call}") as events:
        assert events.snapshot()["call"]["caller"] == "137****5678"
    assert actions(console, supervisor.name).count("transcript.watch") == 1
    assert supervisor.get(f"/board/calls/{call}").status_code == 200
    for person in (other, console.person("admin"), console.person("auditor"), console.person("clerk")):
        assert person.get(f"/live/call/{call}").status_code == 403
        assert person.get(f"/board/calls/{call}").status_code == 403
        assert person.get(f"/calls/{call}/talk").status_code == 403
        assert "transcript.watch" not in actions(console, person.name)
    with supervisor.events("/live/board") as events:
        assert "一三八" not in str(events.snapshot())
    console.end(call)
    console.finish(call)


def test_the_agent_switches_it_off_for_this_call_and_that_is_noted(console: Any) -> None:
    agent, other = console.agent(), console.person("agent")
    call = talking(console, agent)
    assert other.post(f"/calls/{call}/transcript", on="0").status_code == 403
    assert agent.post(f"/calls/{call}/transcript", on="maybe").status_code == 422
    assert agent.post("/calls/none/transcript", on="0").status_code == 404
    with agent.events("/live/me") as events:
        assert events.snapshot()["call"]["talk"]["legs"] == ["caller"]
        assert agent.post(f"/calls/{call}/transcript", on="0").json() == {"ok": True}
        state = events.snapshot()["call"]["talk"]
        assert (state["legs"], state["off_by"]) == ([], agent.name)
        agent.post(f"/calls/{call}/transcript", on="1")
        assert events.snapshot()["call"]["talk"]["legs"] == ["caller"]
    assert actions(console, agent.name)[:2] == ["transcript.on", "transcript.off"]
    console.end(call)
    console.finish(call)
    page = agent.get(f"/records/{call}").text
    assert f"{agent.name}关闭" in page


def test_the_record_keeps_it_in_order_whole_for_its_agent_and_masked_for_others(console: Any) -> None:
    agent, supervisor, auditor = console.agent(), console.person("supervisor"), console.person("auditor")
    call = talking(console, agent)
    say(console, call, NUMBER, 0.002)
    say(console, call, "请问您的电话", 0.001, f"agent:{agent.name}")
    console.end(call)
    say(console, call, "再见", 0.003)
    console.finish(call)
    kept = agent.get(f"/calls/{call}/talk").json()
    assert [line["text"] for line in kept["lines"]] == ["请问您的电话", NUMBER, "再见"]
    assert kept["talk"] is None
    own = agent.get(f"/records/{call}").text
    assert NUMBER in own and "data-words" not in own
    for person, may in ((supervisor, True), (auditor, False)):
        page = person.get(f"/records/{call}").text
        assert "一三八零" not in page and "我的电话是一三八****一二三四" in page
        assert ("data-words" in page) is may
        answer = person.post(f"/records/{call}/said")
        assert answer.status_code == (200 if may else 403)
        assert ("transcript.view" in actions(console, person.name)) is may
    assert [line["text"] for line in supervisor.post(f"/records/{call}/said").json()["lines"]][1] == NUMBER


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("身份证三二零一零二一九九零零一零一一二三四", "身份证三二零一零二****一二三四"),
        ("打 025-8600 1122 找我", "打 025****1122找我"),
        ("一千二百三十四元五角", "一千二百三十四元五角"),
        ("二零二六年十一月二十一日", "二零二六年十一月二十一日"),
        ("拨打12348或者12345", "拨打12348或者12345"),
    ],
)
def test_long_numbers_are_masked_and_years_and_sums_are_not(text: str, shown: str) -> None:
    assert masked_words(text) == shown
    assert [line["text"] for line in words([Utterance("caller", 1.0, 1.0, text)], whole=False)] == [shown]
