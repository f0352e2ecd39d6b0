"""The keys to lines outside, the house's alarms, the ticket of a call from 12345, a message on its ticket's page."""

import wave
from typing import Any

import pytest

from records import audit, transfers
from tickets.ticket import get_ticket, list_tickets
from tickets.writing import Draft, open_ticket

NOW = 1795228200.0


@pytest.fixture
def talk(console: Any) -> tuple[Any, str]:
    agent = console.agent()
    call: str = console.call(caller="13712345678")
    console.join(call, agent.name)
    return agent, call


def outside(agent: Any) -> list[dict[str, Any]]:
    with agent.events("/live/me") as events:
        return list(events.snapshot()["call"]["outside"])


def audited(console: Any, what: str) -> list[tuple[str, str]]:
    return [(entry.action, entry.who) for entry in reversed(console.database.read(audit.trail, object=what))]


def test_one_key_to_12345_takes_the_ticket_along(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    answer = agent.post(f"/calls/{call}/to_12345", summary="楼下烧烤太吵", category="to_12345")
    assert answer.status_code == 201
    number = answer.json()["ticket"]["number"]
    detail = console.database.read(get_ticket, number)
    assert (detail.ticket.content, detail.ticket.category, detail.ticket.state) == (
        "楼下烧烤太吵",
        "to_12345",
        "to_dispatch",
    )
    assert [each.channel for each in detail.sync] == ["12345"]
    [line] = outside(agent)
    assert (line["kind"], line["number"], line["by"], line["ticket"]) == ("12345", "12345", agent.name, number)
    assert agent.post(f"/calls/{call}/to_12345").status_code == 409, "it rings already"
    console.order(fact="LegEnded", call=call, leg="line:12345", code=486, reason="Busy Here")
    assert outside(agent)[-1]["outcome"] == "busy"
    again = agent.post(f"/calls/{call}/to_12345", summary="还是太吵")
    assert again.json()["ticket"]["number"] == number, "the ticket of this call goes again"
    assert len(console.database.read(list_tickets, call=call)) == 1
    assert agent.post(f"/calls/{call}/line/drop").status_code == 200
    assert outside(agent)[-1]["outcome"] == "cancelled"
    assert agent.post(f"/calls/{call}/line/drop").status_code == 409
    steps = [action for action, _ in audited(console, f"call:{call}")]
    assert steps == ["transfer.asked", "transfer.busy", "transfer.asked", "transfer.cancelled"]


def test_without_words_of_the_agent_those_of_the_caller_go_along(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    number = agent.post(f"/calls/{call}/to_12345").json()["ticket"]["number"]
    assert "工资" in console.database.read(get_ticket, number).ticket.content


def test_an_emergency_line_joins_the_talk_and_the_house_sees_it(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    assert agent.post(f"/calls/{call}/emergency", number="13800001234").status_code == 422
    assert agent.post(f"/calls/{call}/emergency", number="110").status_code == 200
    supervisor = console.person("supervisor")
    with supervisor.events("/live/board") as events:
        [alarm] = events.snapshot()["alarms"]
        assert (alarm["call"], alarm["line"], alarm["outcome"], alarm["agent"]) == (call, "110", "open", agent.name)
        assert "caller" not in alarm and "transcript" not in alarm
    console.order(fact="LegAnswered", call=call, leg="line:110")
    with supervisor.events("/live/board") as events:
        assert events.snapshot()["alarms"][0]["outcome"] == "answered"
    assert audited(console, f"call:{call}") == [("emergency.asked", agent.name), ("emergency.answered", agent.name)]
    console.end(call)
    console.finish(call)
    with supervisor.events("/live/board") as events:
        assert events.snapshot()["alarms"] == []
    [kept] = console.database.read(transfers.of_call, call)
    assert (kept.kind, kept.outcome, kept.ended_at is not None) == ("emergency", "answered", True)


def test_danger_waits_for_no_consultation_and_12345_says_why_it_does(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    other = console.agent()
    assert agent.post(f"/calls/{call}/control", request="consult", kind="agent", target=other.name).status_code == 200
    console.join(call, other.name)
    refused = agent.post(f"/calls/{call}/to_12345", summary="噪音")
    assert (refused.status_code, refused.json()["error"]) == (
        409,
        "现在不能转12345：这通电话正在咨询，请先结束后再转。",
    )
    assert console.database.read(list_tickets, call=call) == [], "no ticket goes where the caller does not"
    assert agent.post(f"/calls/{call}/emergency", number="110").status_code == 200
    assert outside(agent)[-1]["number"] == "110"
    again = agent.post(f"/calls/{call}/emergency", number="110")
    assert (again.status_code, again.json()["error"]) == (409, "110正在接通。")


def test_an_emergency_line_is_called_in_the_place_of_12345_that_rings(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    assert agent.post(f"/calls/{call}/to_12345", summary="噪音").status_code == 201
    assert agent.post(f"/calls/{call}/emergency", number="119").status_code == 200
    assert [(each["number"], each["outcome"]) for each in outside(agent)] == [("12345", "cancelled"), ("119", "open")]


def test_only_who_talks_has_the_keys(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    other, supervisor = console.person("agent"), console.person("supervisor")
    for path, data in (("to_12345", {}), ("emergency", {"number": "110"}), ("line/drop", {})):
        assert other.post(f"/calls/{call}/{path}", **data).status_code == 403
        assert supervisor.post(f"/calls/{call}/{path}", **data).status_code == 403
        assert agent.post(f"/calls/none/{path}", **data).status_code == 404
    page = agent.get("/").text
    assert 'id="to-12345"' in page and 'data-number="119"' in page
    assert 'id="to-12345"' not in supervisor.get("/board").text


def test_the_ticket_of_a_call_from_12345_is_there_while_it_rings(console: Any) -> None:
    agent = console.agent()
    draft = Draft("law.family", "离婚", "想离婚", agent.name, channels=())
    number = console.database.do(open_ticket, draft, NOW).number
    call = "from-12345"
    console.order(fact="Arrived", call=call, caller="13712345678", called="12348", trunk="local", reference=number)
    console.order(fact="Answered", call=call)
    console.order(fact="TicketFound", call=call, ticket=number, category="law.family", owner=agent.name)
    console.order(fact="PromptEnded", call=call, prompt="notice", completed=True)
    with agent.events("/live/me") as events:
        now = events.snapshot()
    assert (now["me"]["state"], now["call"]["ticket"]) == ("RINGING", number)
    known = agent.get(f"/calls/{call}/who").json()
    assert [each["number"] for each in known["tickets"] if each["referred"]] == [known["tickets"][0]["number"]]
    assert known["tickets"][0]["number"] == number, "before the caller's other tickets"


def test_a_message_is_heard_on_its_ticket_by_those_who_call_back(console: Any) -> None:
    agent, clerk, auditor = console.person("agent"), console.person("clerk"), console.person("auditor")
    folder = console.settings.recordings
    folder.mkdir(parents=True, exist_ok=True)
    with wave.open(str(folder / "c9.message.wav"), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(bytes(16000))
    late = Draft("agent", "语音留言", "请回电话", "自助语音", recording="c9.message.wav", due_at=NOW, channels=())
    number = console.database.do(open_ticket, late, NOW - 86400).number
    page = agent.get(f"/tickets/{number}").text
    assert 'id="message"' in page and "办理期限" in page and "已超期" in page
    for _ in range(2):
        heard = agent.get(f"/tickets/{number}/message", headers={"Range": "bytes=0-43"})
        assert (heard.status_code, heard.content[:4]) == (206, b"RIFF")
    assert auditor.get(f"/tickets/{number}/message").status_code == 200
    assert clerk.get(f"/tickets/{number}/message").status_code == 403
    assert 'id="message"' not in clerk.get(f"/tickets/{number}").text
    played = [who for action, who in audited(console, f"ticket:{number}") if action == "message.play"]
    assert played == [agent.name, auditor.name], "once a session, however many pieces are asked for"
    plain = console.database.do(open_ticket, Draft("agent", "无", "无", "li", channels=()), NOW).number
    assert agent.get(f"/tickets/{plain}/message").status_code == 404
