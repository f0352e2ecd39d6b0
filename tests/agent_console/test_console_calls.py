"""The call page's questions and answers: whose call it is, the record, the ticket, the agent's buttons."""

from typing import Any

import pytest

from records import callrecords
from records.audit import trail

GOOD = {"category": "law.labour", "matter": "欠薪三个月", "answer": "可以申请劳动仲裁，一年内提出。"}


def state(agent: Any) -> str:
    with agent.events("/live/me") as events:
        return str(events.snapshot()["me"]["state"])


def test_a_record_is_refused_field_by_field(console: Any) -> None:
    agent = console.agent()
    call = console.talked(agent.name)
    answer = agent.post(f"/calls/{call}/record", category="", matter="欠薪", answer="  ")
    assert answer.status_code == 422
    assert answer.json()["fields"] == {"category": "请填写类别", "answer": "请填写答复"}
    assert console.database.read(callrecords.get, call).completed_at is None
    assert state(agent) == "WRAP_UP"


def test_a_category_of_ones_own_is_refused(console: Any) -> None:
    agent = console.agent()
    call = console.talked(agent.name)
    answer = agent.post(f"/calls/{call}/record", **{**GOOD, "category": "law.space"})
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == ["category"]


def test_saving_ends_the_wrap_up_and_is_audited(console: Any) -> None:
    agent = console.agent()
    call = console.talked(agent.name)
    assert agent.post(f"/calls/{call}/record", **GOOD).json() == {"ok": True, "wrap_up_over": True}
    record = console.database.read(callrecords.get, call)
    assert (record.category, record.matter, record.answer) == tuple(GOOD.values())
    assert record.completed_at is not None
    assert state(agent) == "READY"
    assert "record.complete" in [entry.action for entry in console.database.read(trail, who=agent.name)]


def test_saving_in_the_call_does_not_end_it(console: Any) -> None:
    agent = console.agent()
    call = console.call()
    console.join(call, agent.name)
    assert agent.post(f"/calls/{call}/record", **GOOD).json() == {"ok": True, "wrap_up_over": False}
    assert state(agent) == "TALKING"
    console.end(call)
    console.finish(call)
    assert agent.post("/desk/done").json() == {"ok": True}
    assert state(agent) == "READY"


def test_an_older_record_does_not_end_the_wrap_up_of_the_newest(console: Any) -> None:
    agent = console.agent()
    older = console.talked(agent.name)
    console.order(fact="WrapUpDone", agent=agent.name)
    console.talked(agent.name)
    assert agent.get("/calls/work").json()["work"][0]["call"] == older
    assert agent.post(f"/calls/{older}/record", **GOOD).json() == {"ok": True, "wrap_up_over": False}
    assert state(agent) == "WRAP_UP"


@pytest.mark.parametrize("path", ["/desk/ready", "/desk/done"])
def test_no_way_around_the_record(console: Any, path: str) -> None:
    agent = console.agent()
    console.talked(agent.name)
    answer = agent.post(path)
    assert answer.status_code == 409
    assert answer.json() == {"error": "请先保存本次通话的话务工单。", "field": "answer"}
    assert state(agent) == "WRAP_UP"


def test_a_pause_is_always_possible_and_wants_a_reason(console: Any) -> None:
    agent = console.agent()
    console.talked(agent.name)
    assert agent.post("/desk/pause", reason="").status_code == 422
    assert agent.post("/desk/pause", reason="长" * 21).status_code == 422
    assert agent.post("/desk/pause", reason="用餐").status_code == 200
    with agent.events("/live/me") as events:
        me = events.snapshot()["me"]
    assert (me["state"], me["reason"]) == ("PAUSED", "用餐")
    assert len(agent.get("/calls/work").json()["work"]) == 1


def test_only_agents_have_the_buttons(console: Any) -> None:
    supervisor = console.person("supervisor")
    for path in ("/desk/ready", "/desk/pause", "/desk/done", "/calls/x/record", "/calls/x/ticket"):
        assert supervisor.post(path).status_code == 403


def test_who_is_calling(console: Any) -> None:
    agent = console.agent()
    number = "13955550001"
    first = console.talked(agent.name, caller=number)
    agent.post(f"/calls/{first}/ticket", category="law.labour", title="欠薪", content="三个月")
    agent.post(f"/calls/{first}/record", **GOOD)
    call = console.call(caller=number)
    known = agent.get(f"/calls/{call}/who").json()
    assert known["caller"] == number
    assert [(one["call"], one["category"], one["matter"]) for one in known["records"]] == [
        (first, "劳动", "欠薪三个月")
    ]
    assert [(one["title"], one["over"]) for one in known["tickets"]] == [("欠薪", False)]
    console.end(call)


def test_a_call_is_nobody_elses_business(console: Any) -> None:
    other = console.agent(ready=False)
    agent = console.agent()
    call = console.call()
    console.join(call, agent.name)
    assert other.get(f"/calls/{call}/who").status_code == 403
    assert other.post(f"/calls/{call}/record", **GOOD).status_code == 403
    assert other.post(f"/calls/{call}/ticket", title="a", content="b", category="notary").status_code == 403
    assert agent.get(f"/calls/{call}/who").status_code == 200
    assert agent.get("/calls/no-such-call/who").status_code == 404
    console.end(call)


def test_a_ringing_call_that_went_elsewhere_is_closed_to_the_one_who_missed_it(console: Any) -> None:
    missed = console.agent()
    call = console.call()
    assert missed.get(f"/calls/{call}/who").status_code == 200
    console.order(fact="LegEnded", call=call, leg=f"agent:{missed.name}", code=486, reason="")
    assert missed.get(f"/calls/{call}/who").status_code == 403
    console.end(call)


def test_a_ticket_is_opened_once_and_sent(console: Any) -> None:
    agent = console.agent()
    call = console.talked(agent.name, caller="13955550002")
    before = console.order(nudged=True)["nudges"]
    filled = {"category": "law.labour", "title": "申请法律援助", "content": "工资被拖欠", "urgency": "紧急"}
    opened = agent.post(f"/calls/{call}/ticket", **filled)
    assert opened.status_code == 201
    again = agent.post(f"/calls/{call}/ticket", **filled)
    assert again.status_code == 422
    assert opened.json()["ticket"]["number"] in again.json()["fields"]["title"]
    assert console.order(nudged=True)["nudges"] == before + 1
    page = agent.get(f"/tickets/{opened.json()['ticket']['number']}").text
    for shown in ("申请法律援助", "工资被拖欠", "紧急", "老板欠我三个月工资不给怎么办", "139****0002", "等待送达"):
        assert shown in page
    assert "13955550002" not in page


def test_a_ticket_is_refused_field_by_field(console: Any) -> None:
    agent = console.agent()
    call = console.talked(agent.name)
    answer = agent.post(f"/calls/{call}/ticket", category="", title="", content="", urgency="一般")
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"category", "title", "content"}
    wrong = agent.post(f"/calls/{call}/ticket", category="notary", title="a", content="b", urgency="火急")
    assert list(wrong.json()["fields"]) == ["urgency"]


def test_the_number_of_a_ticket_is_shown_to_its_owner_on_the_record(console: Any) -> None:
    agent, other = console.agent(), console.person("agent")
    call = console.talked(agent.name, caller="13955550003")
    number = agent.post(f"/calls/{call}/ticket", category="notary", title="公证", content="x").json()["ticket"][
        "number"
    ]
    assert agent.post(f"/tickets/{number}/number").json() == {"number": "13955550003"}
    assert other.post(f"/tickets/{number}/number").status_code == 403
    assert console.person("auditor").post(f"/tickets/{number}/number").status_code == 403
    newest = console.database.read(trail, object=f"ticket:{number}")[0]
    assert (newest.who, newest.action) == (agent.name, "ticket.number")


def test_too_much_text_is_refused_and_nothing_changes(console: Any) -> None:
    agent = console.agent()
    call = console.talked(agent.name)
    assert agent.post(f"/calls/{call}/record", **{**GOOD, "answer": "长" * 400_000}).status_code == 413
    assert console.database.read(callrecords.get, call).completed_at is None


def test_ready_off_shift_is_warned_of_or_refused_as_configured(console: Any) -> None:
    agent = console.agent()
    rosters = {
        "shifts": {"day": {"name": "白班", "hours": "08:30-17:30"}},
        "rosters": [{"shift": "day", "days": ["2020-01-02"], "agents": [agent.name]}],
    }
    try:
        console.order(rosters=rosters)
        agent.post("/desk/pause", reason="小休")
        warned = agent.post("/desk/ready")
        assert warned.status_code == 200
        assert warned.json()["warning"].startswith("您现在不在班")
        assert state(agent) == "READY"
        console.order(rosters=rosters | {"off_shift": "refuse"})
        agent.post("/desk/pause", reason="小休")
        refused = agent.post("/desk/ready")
        assert refused.status_code == 409
        assert "不能示闲" in refused.json()["error"]
        assert state(agent) == "PAUSED"
    finally:
        console.order(rosters={})
    assert agent.post("/desk/ready").json()["warning"] == ""
