"""Orders over agents and the closing of the hotline: by role, with the token, bad input named, audited, and obeyed."""

import time
from typing import Any

import pytest

from records.audit import trail


@pytest.fixture(scope="module")
def chief(console: Any) -> Any:
    return console.person("supervisor")


@pytest.fixture
def seat(console: Any, chief: Any) -> Any:
    return console.agent()


def board_of(person: Any) -> dict[str, Any]:
    with person.events("/live/board") as events:
        now: dict[str, Any] = events.snapshot()
    return now


def seen(chief: Any, name: str) -> dict[str, Any]:
    return next(dict(agent) for agent in board_of(chief)["agents"] if agent["name"] == name)


def force(chief: Any, seat: Any, state: str, **more: str) -> Any:
    agent = seen(chief, seat.name)
    told = {"state": state, "reason": "顶岗", "stage": agent["stage"], "call": agent["call"] or ""}
    return chief.post(f"/board/agents/{seat.name}/force", **(told | more))


def test_an_agent_is_forced_with_a_reason_and_it_is_audited(console: Any, chief: Any, seat: Any) -> None:
    assert force(chief, seat, "paused", reason="培训").json() == {"ok": True}
    agent = seen(chief, seat.name)
    assert (agent["stage"], agent["reason"]) == ("PAUSED", f"培训（{chief.name}）")
    [entry] = console.database.read(trail, object=f"agent:{seat.name}")
    assert (entry.who, entry.action) == (chief.name, "agent.force")
    assert (entry.detail["from"], entry.detail["to"], entry.detail["reason"]) == ("READY", "paused", "培训")
    assert force(chief, seat, "offline").status_code == 200
    assert seen(chief, seat.name)["stage"] == "OFFLINE"


def test_the_call_in_hand_goes_back_to_the_head(console: Any, chief: Any, seat: Any) -> None:
    call = console.call()
    console.join(call, seat.name)
    later = console.call()
    assert force(chief, seat, "wrap-up").status_code == 200
    assert [waiting["call"] for waiting in board_of(chief)["queue"]] == [call, later]
    for each in (call, later):
        console.end(each)


def test_what_was_confirmed_for_another_state_is_refused(console: Any, chief: Any, seat: Any) -> None:
    agent = seen(chief, seat.name)
    call = console.call()
    answer = chief.post(
        f"/board/agents/{seat.name}/force", state="paused", reason="会议", stage=agent["stage"], call=""
    )
    assert (answer.status_code, answer.json()["field"]) == (409, "state")
    assert seen(chief, seat.name)["stage"] in ("RESERVED", "RINGING")
    console.end(call)


@pytest.mark.parametrize(
    ("told", "status", "field"),
    [
        ({"state": "asleep"}, 422, "state"),
        ({"state": "paused", "reason": ""}, 422, "reason"),
        ({"state": "paused", "reason": "长" * 21}, 422, "reason"),
        ({"state": "wrap-up"}, 409, "state"),
    ],
)
def test_bad_orders_name_the_field(chief: Any, seat: Any, told: dict[str, str], status: int, field: str) -> None:
    answer = force(chief, seat, **told)
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert field in answer.json()["fields"]
    assert seen(chief, seat.name)["stage"] == "READY"


def test_loads_by_the_supervisor_and_by_the_agent(console: Any, chief: Any, seat: Any) -> None:
    assert chief.post(f"/board/agents/{seat.name}/load", load="0.75").status_code == 200
    assert seen(chief, seat.name)["load"] == 0.75
    for bad in ("", "much", "1.5", "-1", "nan"):
        answer = chief.post(f"/board/agents/{seat.name}/load", load=bad)
        assert (answer.status_code, answer.json()["field"]) == (422, "load")
    assert seat.post("/desk/load", load="window").json() == {"ok": True}
    assert seen(chief, seat.name)["load"] == 1.0
    call = console.call()
    [waiting] = [one for one in board_of(chief)["queue"] if one["call"] == call]
    assert waiting["why"]["LOADED"] == 1
    assert seat.post("/desk/load", load="holiday").json()["field"] == "load"
    console.end(call)


def test_how_each_call_stands_is_on_the_board(console: Any, chief: Any, seat: Any) -> None:
    console.order(fact="PauseAsked", agent=seat.name, reason="用餐")
    need = [["lang.wu", 3], ["region.3301", 1]]
    console.order(
        fact="CallWaiting", call="far", label="notary", priority=0, needs=need, preferred=seat.name, excluded=[]
    )
    [far] = [one for one in board_of(chief)["queue"] if one["call"] == "far"]
    assert far["wanted"] == need
    assert far["opens"]["specialist"] == far["since"]
    assert far["opens"]["any_region"] > far["since"]
    assert (far["preferred"], far["preferred_until"]) == (seat.name, 0.0)  # a paused agent is not waited for
    assert far["why"]["PAUSED"] >= 1
    console.order(fact="CallGone", call="far")


@pytest.fixture
def lifted(console: Any) -> Any:
    yield
    console.order(fact="ClosureLifted", by="test")


def test_the_hotline_is_closed_and_opened_while_it_runs(console: Any, chief: Any, lifted: None) -> None:
    until = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 8 * 3600 + 7200))
    assert chief.post("/board/closure", code="failure", until=until).json() == {"ok": True}
    closure = board_of(console.person("agent"))["closure"]
    assert (closure["code"], closure["name"], closure["then"], closure["by"]) == (
        *("failure", "系统故障", "to_12345", chief.name),
    )
    assert 0 < closure["until"] - time.time() <= 7200
    assert "12345" in closure["message"]
    call = "closed-call"
    console.order(fact="Arrived", call=call, caller="13800001234", called="12348", trunk="local")
    console.order(fact="Answered", call=call)
    console.order(fact="PromptEnded", call=call, prompt="notice", completed=True)
    [shown] = [one for one in board_of(chief)["calls"] if one["call"] == call]
    assert shown["state"] == "CLOSED"
    console.order(fact="DigitPressed", call=call, digit="0")  # a person all the same
    assert call in str(board_of(chief)["queue"]) or seen_ringing(chief, call)
    console.end(call)
    assert chief.post("/board/closure/lift").json() == {"ok": True}
    assert board_of(chief)["closure"] is None
    assert chief.post("/board/closure/lift").status_code == 409
    actions = [entry.action for entry in console.database.read(trail, object="closure:failure")]
    assert actions == ["closure.lift", "closure.set"]


def seen_ringing(chief: Any, call: str) -> bool:
    return any(agent["call"] == call for agent in board_of(chief)["agents"])


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"code": "rain", "until": ""}, "code"),
        ({"code": "failure", "until": "soon"}, "until"),
        ({"code": "failure", "until": "2020-01-01T00:00"}, "until"),
        ({"code": "failure", "until": "2999-01-01T00:00"}, "until"),
    ],
)
def test_a_bad_closure_names_the_field_and_closes_nothing(chief: Any, told: dict[str, str], field: str) -> None:
    answer = chief.post("/board/closure", **told)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert board_of(chief)["closure"] is None


ORDERS = ("/board/agents/{name}/force", "/board/agents/{name}/load", "/board/closure", "/board/closure/lift")


@pytest.mark.parametrize("role", ["agent", "clerk", "auditor", "admin"])
def test_others_may_not(console: Any, seat: Any, role: str) -> None:
    person = console.person(role)
    allowed = ORDERS[2:] if role == "admin" else ()
    for path in set(ORDERS) - set(allowed):
        assert person.post(path.format(name=seat.name), state="paused", reason="x", code="failure").status_code == 403
    assert ("closing-title" in person.get("/board").text) == (role == "admin")
    assert "forcing-title" not in person.get("/board").text


def test_without_the_token_nothing_is_ordered(console: Any, chief: Any, seat: Any) -> None:
    for path in ORDERS:
        assert chief.post(path.format(name=seat.name), token="wrong", code="failure").status_code == 400
    assert console.stranger().post("/board/closure", token="wrong").status_code == 400
    assert chief.post("/board/agents/nobody/force", state="ready").status_code == 404
    assert board_of(chief)["closure"] is None
