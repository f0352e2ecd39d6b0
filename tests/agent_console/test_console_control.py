"""Call control over the pages' API: an agent's requests, a supervisor's looking on, what is refused, who sees what."""

import json
from typing import Any

import pytest

from records import audit
from records.accounts import set_sip_password

NUMBER = "02087654321"


def call_of(console: Any, call: str) -> dict[str, Any]:
    """The call as the board has it, by the eyes of an agent."""
    watcher = console.person("clerk")
    with watcher.events("/live/board") as events:
        while True:
            name, data = events.next()
            if name == "snapshot":
                return next(each for each in json.loads(data)["now"]["calls"] if each["call"] == call)


@pytest.fixture
def talk(console: Any) -> tuple[Any, str]:
    agent = console.agent()
    call = console.call()
    console.join(call, agent.name)
    return agent, call


def test_hold_and_resume(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    assert agent.post(f"/calls/{call}/control", request="hold").json() == {"ok": True}
    assert call_of(console, call)["control"]["state"] == "held"
    assert agent.post(f"/calls/{call}/control", request="resume").status_code == 200
    assert call_of(console, call)["control"]["state"] == "talk"
    answer = agent.post(f"/calls/{call}/control", request="resume")
    assert (answer.status_code, "在通话" in answer.json()["error"]) == (409, True)


def test_the_call_is_its_agents_alone(console: Any, talk: tuple[Any, str]) -> None:
    _, call = talk
    other = console.person("agent")
    assert "其他坐席" in other.post(f"/calls/{call}/control", request="hold").json()["error"]
    assert other.post(f"/calls/{call}/control", request="listen").status_code == 403
    assert console.person("clerk").post(f"/calls/{call}/control", request="hold").status_code == 403
    assert other.post("/calls/call-none/control", request="hold").status_code == 409


def test_a_colleague_is_asked_and_takes_the_call(console: Any) -> None:
    agent = console.agent()
    call = console.call()
    console.join(call, agent.name)
    other = console.agent()
    found = agent.get("/calls/targets").json()
    assert other.name in [each["name"] for each in found["agents"]]
    assert agent.post(f"/calls/{call}/control", request="consult", kind="agent", target=other.name).status_code == 200
    with other.events("/live/me") as events:
        shown = json.loads(next(data for name, data in iter(events.next, None) if name == "snapshot"))["now"]
    assert (shown["me"]["call"], shown["me"]["asked"], shown["call"]["call"]) == (call, True, call)
    console.join(call, other.name)
    assert agent.post(f"/calls/{call}/control", request="complete").status_code == 200
    console.order(fact="LegEnded", call=call, leg=f"agent:{agent.name}", code=200, reason="")
    assert call_of(console, call)["agent"] == other.name
    assert agent.post("/desk/done").status_code == 200, "who passed the call on has no record to write"


def test_numbers_outside_the_list_are_refused(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    refused = agent.post(f"/calls/{call}/control", request="consult", kind="number", target="99999")
    assert (refused.status_code, "number" not in refused.json()["fields"]) == (409, True)
    allowed = agent.post(f"/calls/{call}/control", request="consult", kind="number", target="020-8765 4321")
    assert allowed.status_code == 200
    assert NUMBER not in json.dumps(call_of(console, call)), "no number comes back out"


def test_an_emergency_number_by_hand_is_the_emergency_line(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    assert agent.post(f"/calls/{call}/control", request="consult", kind="number", target="110").status_code == 200
    [line] = call_of(console, call)["outside"]
    assert (line["kind"], line["number"], line["by"], line["outcome"]) == ("emergency", "110", agent.name, "open")


def test_a_supervisor_listens_and_it_is_audited(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    supervisor = console.person("supervisor")
    without = supervisor.post(f"/board/calls/{call}/watch", request="listen")
    assert (without.status_code, "没有话机" in without.json()["error"]) == (409, True)
    console.database.do(set_sip_password, supervisor.name, "12348")
    assert supervisor.post(f"/board/calls/{call}/watch", request="listen").status_code == 200
    assert supervisor.post(f"/board/calls/{call}/watch", request="whisper").status_code == 200
    assert supervisor.post(f"/board/calls/{call}/watch", request="hold").status_code == 422
    assert agent.post(f"/board/calls/{call}/watch", request="listen").status_code == 403
    noted = [each.action for each in console.database.read(audit.trail, 20) if each.who == supervisor.name]
    assert noted[:2] == ["call.whisper", "call.listen"]
    shown = json.dumps(call_of(console, call))
    assert supervisor.name not in shown, "nobody else sees who listens"
    assert "watchers" not in shown
