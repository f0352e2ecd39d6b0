"""The page of callbacks: who sees which number, taking, telling, promising with bad fields named; and staffing."""

import re
import time
from typing import Any

import pytest

from records import callbacks
from records.audit import trail

FORECAST = "interval,calls,aht,patience\n09:00,30,240,180\n09:30,60,240,180\n"


@pytest.fixture(scope="module")
def chief(console: Any) -> Any:
    return console.person("supervisor")


def promise(person: Any, number: str, **more: str) -> Any:
    told = {"number": number, "due": "", "label": "notary", "agent": "", "note": ""} | more
    return person.post("/callbacks", **told)


def of_number(console: Any, number: str) -> Any:
    return console.database.read(callbacks.open_of, number)


def test_a_promise_is_masked_shown_on_request_and_cancelled(console: Any, chief: Any) -> None:
    assert promise(chief, "13511110001", note="下午再打").status_code == 303
    kept = of_number(console, "13511110001")
    page = chief.get("/callbacks").text
    assert "135****0001" in page
    assert "13511110001" not in page
    agent, admin = console.person("agent"), console.person("admin")
    assert chief.post(f"/callbacks/{kept.id}/number").json() == {"number": "13511110001"}
    assert agent.post(f"/callbacks/{kept.id}/number").status_code == 403
    assert admin.post(f"/callbacks/{kept.id}/number").status_code == 403
    assert agent.post(f"/callbacks/{kept.id}/cancel").status_code == 303
    assert of_number(console, "13511110001").state == "WAITING"  # not theirs
    chief.post(f"/callbacks/{kept.id}/cancel")
    assert of_number(console, "13511110001") is None
    actions = [entry.action for entry in console.database.read(trail, object=f"callback:{kept.id}")]
    assert actions == ["callback.cancel", "callback.number", "callback.add"]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "12a"}, "number"),
        ({"due": "later"}, "due"),
        ({"due": "2999-01-01T00:00"}, "due"),
        ({"label": "no.such"}, "label"),
        ({"agent": "nobody"}, "agent"),
        ({"note": "长" * 201}, "note"),
    ],
)
def test_a_bad_promise_is_said_beside_its_field_and_stays_typed(chief: Any, told: dict[str, str], field: str) -> None:
    told = {"number": "13511110009"} | told
    answer = promise(chief, **told)
    assert answer.status_code == 422
    assert re.findall(r'id="wrong-(\w+)"', answer.text) == [field]
    assert "13511110009" in answer.text or field == "number"


def test_others_do_not_see_callbacks(console: Any) -> None:
    for role in ("clerk", "auditor"):
        person = console.person(role)
        assert person.get("/callbacks").status_code == 403
        assert person.post("/callbacks/take").status_code == 403
    assert console.person("admin").post("/callbacks/take").status_code == 403
    assert promise(console.person("admin"), "13511110002").status_code == 403
    assert console.person("agent").post("/callbacks/take", token="wrong").status_code == 400


def test_an_agent_takes_one_sees_its_number_and_says_what_came_of_it(console: Any, chief: Any) -> None:
    agent = console.person("agent")
    promise(chief, "13511110003")
    agent.post("/callbacks/take")
    page = agent.get("/callbacks").text
    assert "13511110003" in page
    kept = of_number(console, "13511110003")
    assert (kept.state, kept.agent) == ("OFFERED", agent.name)
    agent.post("/callbacks/take")
    assert "请先登记它的结果" in agent.get("/callbacks").text
    other = console.person("agent")
    other.post(f"/callbacks/{kept.id}/reached")
    assert of_number(console, "13511110003").state == "OFFERED"
    agent.post(f"/callbacks/{kept.id}/reached", note="已解答")
    assert of_number(console, "13511110003") is None
    assert "13511110003" not in agent.get("/callbacks").text
    assert agent.post(f"/callbacks/{kept.id}/dance").status_code == 404


def test_nobody_takes_one_with_a_call_in_hand(console: Any, chief: Any) -> None:
    agent = console.agent()
    call = console.call()
    console.join(call, agent.name)
    promise(chief, "13511110004")
    agent.post("/callbacks/take")
    assert "请先结束手上的来电" in agent.get("/callbacks").text
    assert of_number(console, "13511110004").state == "WAITING"
    console.end(call)
    chief.post(f"/callbacks/{of_number(console, '13511110004').id}/cancel")


# --- staffing


def test_the_busy_index_and_a_plan_from_a_file(console: Any, chief: Any) -> None:
    page = chief.get("/planning").text
    assert "12348热线" in page
    assert chief.get("/planning/now").status_code == 200
    data = {"csrf_token": chief.token(), "target": "80%/20s"}
    answer = chief.http.post(console.address + "/planning", data=data, files={"file": ("a.csv", FORECAST)}, timeout=20)
    assert answer.status_code == 200
    assert "<svg" in answer.text and "Erlang A" in answer.text and "09:30" in answer.text
    for role in ("agent", "clerk", "auditor"):
        assert console.person(role).get("/planning").status_code == 403


@pytest.mark.parametrize(
    ("file", "told", "field", "said"),
    [
        (None, {}, "file", "CSV"),
        (b"\xff\xfe\x00", {}, "file", "UTF-8"),
        (b"interval,calls,aht\n09:00,-3,200\n", {}, "file", "calls"),
        (FORECAST.encode(), {"target": "100%/0"}, "target", "95%/15s"),
        (FORECAST.encode(), {"aht": "long"}, "aht", "long"),
        (FORECAST.encode(), {"patience": "-1"}, "patience", "-1"),
    ],
)
def test_bad_plans_name_the_field(
    console: Any, chief: Any, file: bytes | None, told: dict[str, str], field: str, said: str
) -> None:
    files = {"file": ("a.csv", file)} if file is not None else {"other": ("", b"")}
    data = {"csrf_token": chief.token(), **told}
    answer = chief.http.post(console.address + "/planning", data=data, files=files, timeout=20)
    assert answer.status_code == 422
    [(found, text)] = re.findall(r'id="wrong-(\w+)" role="alert">([^<]*)<', answer.text)
    assert found == field
    assert said in text


def test_a_plan_of_a_recorded_day(console: Any, chief: Any) -> None:
    agent = console.agent()
    console.talked(agent.name)
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    answer = chief.get(f"/planning?day={today}&target=95%25/15s")
    assert answer.status_code == 200
    assert "<svg" in answer.text
    assert re.findall(r'id="wrong-(\w+)"', chief.get("/planning?day=2001-01-01").text) == ["day"]
    assert re.findall(r'id="wrong-(\w+)"', chief.get("/planning?day=tomorrow").text) == ["day"]
