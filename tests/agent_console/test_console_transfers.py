"""Transfers, emergencies and messages on the pages, from the database of a real console: counted, masked, by role."""

import re
import time
from typing import Any

import pytest

from agent_console.transferred import day_start
from records import audit, callrecords, transfers
from records.callrecords import CallRecord
from records.transfer_entry import Transfer
from tickets.ticket import get_ticket
from tickets.writing import Draft, open_ticket

CALLER, NUMBER = "13712345678", "02087654321"


@pytest.fixture
def talk(console: Any) -> tuple[Any, str]:
    agent = console.agent()
    call: str = console.call(caller=CALLER)
    console.join(call, agent.name)
    return agent, call


def parts(person: Any, path: str = "/transfers/now") -> dict[str, str]:
    """The text of each part of the answer, by name; tags left out."""
    page = person.get(path).text
    pieces = re.split(r'data-part="(\w+)"', page)
    texts = (re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", piece)) for piece in pieces[2::2])
    return dict(zip(pieces[1::2], texts, strict=True))


def figures(person: Any) -> tuple[int, ...]:
    """Of the row of 12345 or the number: tries, answered, busy, no answer, refused, failed, called off, ringing."""
    row = re.search(r"转12345 ((?:[\d–]+ ){8})", parts(person)["ways"])
    assert row
    return tuple(0 if each == "–" else int(each) for each in row[1].split())


def test_a_transfer_is_watched_until_it_comes_back(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    supervisor = console.person("supervisor")
    before = figures(supervisor)
    ticket = agent.post(f"/calls/{call}/to_12345", summary="噪音").json()["ticket"]["number"]
    console.order(fact="LegRinging", call=call, leg="line:12345")
    for path in ("/transfers/now", "/board/transfers"):
        under_way = parts(supervisor, path)["running"]
        assert "转12345 12345" in under_way and "正在呼叫，坐席陪同" in under_way
        assert (ticket in under_way) == (path == "/transfers/now")
    console.order(fact="LegEnded", call=call, leg="line:12345", code=603, reason="Decline")
    assert "现在没有进行中的转接" in parts(supervisor)["running"]
    after = figures(supervisor)
    changed = [new - old for old, new in zip(before, after, strict=True)]
    assert changed == [1, 0, 0, 0, 1, 0, 0, 0]
    assert "拒接" in parts(supervisor)["gone"] and "未接通返回" in parts(supervisor)["tallies"]


def test_a_number_the_caller_was_sent_to_is_masked_and_no_line_of_the_agent(
    console: Any, talk: tuple[Any, str]
) -> None:
    agent, call = talk
    supervisor = console.person("supervisor")
    answer = agent.post(f"/calls/{call}/control", request="transfer", kind="number", target=NUMBER)
    assert answer.status_code == 200, answer.text
    console.order(fact="LegEnded", call=call, leg=f"agent:{agent.name}", code=200, reason="")
    under_way = parts(supervisor)["running"]
    assert "020****4321" in under_way and "正在呼叫，来电人等候" in under_way
    page = supervisor.get("/transfers").text + supervisor.get("/board").text
    assert NUMBER not in page and CALLER not in page
    console.order(fact="LegAnswered", call=call, leg="outside:1")
    assert "已接通" in parts(supervisor)["running"]
    console.end(call)
    console.finish(call)
    [kept] = console.database.read(transfers.of_call, call)
    assert (kept.kind, kept.number, kept.outcome, kept.by) == ("number", "020****4321", "answered", agent.name)
    assert kept.answered_at and kept.ended_at and kept.answered_at >= kept.asked_at
    steps = [each.action for each in reversed(console.database.read(audit.trail, object=f"call:{call}"))]
    assert steps == ["outside.asked", "outside.answered"]
    assert call not in supervisor.get("/board/transfers").text, "over"


def test_what_a_power_cut_left_is_not_under_way(console: Any) -> None:
    now = time.time()
    left = Transfer("gone.1", "gone", "12345", "out", "12345", "li", "T9", now - 60)
    console.database.do(transfers.save, [left])
    supervisor = console.person("supervisor")
    assert "T9" not in parts(supervisor)["running"] and "T9" in parts(supervisor)["gone"]


def test_an_emergency_is_unseen_until_a_supervisor_has_seen_it(console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    agent.post(f"/calls/{call}/emergency", number="110")
    console.order(fact="LegRinging", call=call, leg="line:110")
    supervisor, admin = console.person("supervisor"), console.person("admin")
    row = row_of(supervisor, call)
    assert "110 正在呼叫" in row and "正在呼叫紧急电话" in row and "还没有" in row
    console.order(fact="LegEnded", call=call, leg="line:110", code=486, reason="")
    row = row_of(supervisor, call)
    assert "110 占线" in row and "由坐席接听" in row
    assert agent.get(f"/records/{call}").status_code == 200
    assert "还没有" in row_of(supervisor, call), "an agent's look is no supervisor's"
    path = f"/transfers/emergencies/{call}/seen"
    assert agent.post(path).status_code == 403
    assert supervisor.post("/transfers/emergencies/nothing/seen").status_code == 404
    quiet = console.call(caller="13700001111")
    assert supervisor.post(f"/transfers/emergencies/{quiet}/seen").status_code == 404, "nobody is in danger there"
    for _ in range(2):
        assert supervisor.post(path).status_code == 200
    row = row_of(supervisor, call)
    assert "还没有" not in row and "已知悉" not in row
    assert "已知悉" in row_of(admin, call), "each for themselves"
    noted = [each.who for each in console.database.read(audit.trail, object=f"call:{call}") if "seen" in each.action]
    assert noted == [supervisor.name], "once a person"
    admin.get(f"/records/{call}")
    assert "已知悉" not in row_of(admin, call), "who opened the record has seen it"


def row_of(person: Any, call: str) -> str:
    page = person.get("/transfers/now").text
    row = re.search(rf'<tr data-key="{call}">(.*?)</tr>', page, re.DOTALL)
    assert row
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row[1]))


def test_danger_without_a_line_and_that_of_yesterday(console: Any) -> None:
    start = day_start(time.time())
    record = CallRecord("crisis-1", caller=CALLER, arrived_at=start + 1, ended_at=start + 9, label="crisis")
    console.database.do(callrecords.save, record)
    old = CallRecord("crisis-0", caller=CALLER, arrived_at=start - 1, ended_at=start, label="emergency.fire")
    console.database.do(callrecords.save, old)
    supervisor = console.person("supervisor")
    row = row_of(supervisor, "crisis-1")
    assert "没有呼叫" in row and "没有接通，来电已结束" in row
    assert "crisis-0" not in supervisor.get("/transfers/now").text


@pytest.fixture
def message(console: Any) -> str:
    """A message of which half an hour of its day is left."""
    now = time.time()
    left = {"call": None, "contact_number": CALLER, "recording": "m.message.rec", "due_at": now + 1800, "channels": ()}
    draft = Draft("agent", "语音留言", "请回电话", "自助语音", **left)
    number: str = console.database.do(open_ticket, draft, now - 84600).number
    console.database.do(audit.append, now, "自助语音", "message.open", f"ticket:{number}")
    return number


def test_a_message_waits_until_its_answer_is_written_down(console: Any, message: str) -> None:
    supervisor, agent, clerk = console.person("supervisor"), console.person("agent"), console.person("clerk")
    row = re.search(rf'<tr data-key="{message}" class="(\w*)">(.*?)</tr>', supervisor.get("/transfers/now").text, re.S)
    assert row and row[1] == "amber" and "137****5678" in row[2] and CALLER not in row[2]
    assert "data-reveal" in row[2]
    assert "data-reveal" not in parts_of(console.person("admin"), "messages"), "an administrator calls nobody"
    other = console.database.do(open_ticket, Draft("agent", "咨询", "问", agent.name, channels=()), time.time()).number
    path = f"/tickets/{message}/answer"
    assert 'id="answer"' in agent.get(f"/tickets/{message}").text
    assert 'id="answer"' not in clerk.get(f"/tickets/{message}").text
    assert 'id="answer"' not in agent.get(f"/tickets/{other}").text
    assert clerk.post(path, note="已回").status_code == 403
    assert agent.post(f"/tickets/{other}/answer", note="已回").status_code == 404, "no message"
    assert agent.post("/tickets/none/answer", note="已回").status_code == 404
    assert agent.post(path, note=" ").status_code == 303
    assert "请填写答复内容" in agent.get(f"/tickets/{message}").text
    assert agent.post(path, note="已告知申请材料").status_code == 303
    detail = console.database.read(get_ticket, message)
    assert (detail.ticket.state, detail.ticket.finished_at is not None) == ("closed", True)
    assert (detail.history[-1].event, detail.history[-1].note) == ("answer", "已告知申请材料")
    assert message not in supervisor.get("/transfers/now").text
    agent.post(path, note="再答复一次")
    assert "不能即时答复" in agent.get(f"/tickets/{message}").text
    actions = [each.action for each in console.database.read(audit.trail, object=f"ticket:{message}")]
    assert actions.count("message.answer") == 1


def parts_of(person: Any, name: str) -> str:
    return re.split(r'data-part="\w+"', person.get("/transfers/now").text.split(f'data-part="{name}"')[1])[0]


def test_an_overdue_message_is_red_on_the_board(console: Any, message: str) -> None:
    now = time.time()
    late = Draft("agent", "语音留言", "请回电话", "自助语音", due_at=now - 60, channels=())
    number = console.database.do(open_ticket, late, now - 86460).number
    console.database.do(audit.append, now, "自助语音", "message.open", f"ticket:{number}")
    clerk = console.person("clerk")
    assert re.search(
        r'class="tally red" href="/tickets\?state=accepted"><span>留言待回', clerk.get("/board/transfers").text
    )
    assert "已超期" in parts(clerk, "/board/transfers")["tallies"]
    assert number not in clerk.get("/board/transfers").text


@pytest.mark.parametrize(
    ("role", "page", "board"),
    [("supervisor", 200, 200), ("admin", 200, 200), ("agent", 403, 200), ("clerk", 403, 200), ("auditor", 403, 200)],
)
def test_who_sees_which_part(console: Any, role: str, page: int, board: int) -> None:
    person = console.person(role)
    assert [person.get(path).status_code for path in ("/transfers", "/transfers/now", "/board/transfers")] == [
        page,
        page,
        board,
    ]
    assert ('href="/transfers"' in person.get("/board").text) == (page == 200)


def test_the_pages_speak_english_as_well(console: Any, message: str) -> None:
    supervisor = console.person("supervisor")
    supervisor.http.cookies.set("language", "en")
    words = " ".join(parts(supervisor).values())
    assert "Messages waiting" in words and "Came back" in words
    left = re.sub("自助语音|人工|劳动[^ ]*|危机|心理危机", "", words)
    assert re.findall(r"[\u4e00-\u9fff]+", left) == []
