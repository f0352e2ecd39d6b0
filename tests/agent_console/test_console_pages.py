"""Records, tickets, board, audit and channels: what is shown to whom, and that words of callers are only words."""

import wave
from typing import Any

import pytest

from records.audit import trail

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&"
GOOD = {"category": "law.labour", "matter": "欠薪三个月", "answer": "可以申请劳动仲裁。"}


@pytest.fixture(scope="module")
def agent(console: Any) -> Any:
    return console.agent()


@pytest.fixture(scope="module")
def served(console: Any, agent: Any) -> str:
    """A call that was recorded, written down with evil words in it, and made a ticket with the same."""
    call = console.call(caller="13911112222")
    console.join(call, agent.name)
    folder = console.settings.recordings
    folder.mkdir(parents=True)
    with wave.open(str(folder / f"{call}.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(range(256)) * 250)
    console.order(fact="RecordingKept", call=call, file=f"{call}.wav", seconds=2.0, sha256="ab" * 32)
    console.end(call)
    console.finish(call)
    saved = agent.post(f"/calls/{call}/record", category="law.labour", matter=EVIL, answer=EVIL)
    assert saved.ok
    opened = agent.post(f"/calls/{call}/ticket", category="notary", title=EVIL, content=EVIL, contact_name=EVIL)
    assert opened.ok
    return str(call)


def ticket_of(agent: Any, call: str) -> str:
    return str(agent.get(f"/calls/{call}/who").json()["tickets"][0]["number"])


def test_words_stay_words(console: Any, agent: Any, served: str) -> None:
    number = ticket_of(agent, served)
    for path in ("/records", f"/records/{served}", "/tickets", f"/tickets/{number}"):
        page = agent.get(path).text
        assert "&lt;script&gt;alert" in page, path
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path


def test_what_the_caller_said_is_only_words(console: Any, agent: Any) -> None:
    call = console.call(said=EVIL)
    console.order(fact="DigitPressed", call=call, digit="0")
    console.join(call, agent.name)
    console.end(call)
    console.finish(call)
    page = agent.get(f"/records/{call}").text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    agent.post(f"/calls/{call}/record", **GOOD)


def test_the_record_tells_what_happened(console: Any, agent: Any, served: str) -> None:
    page = agent.get(f"/records/{served}").text
    for shown in ("来电", "139****2222 → 12348", "坐席接听", "接通双方", "已接听", "来电人挂断", "老板欠我三个月工资"):
        assert shown in page
    assert page.index("Arrived") < page.index("LegAnswered") < page.index("RecordingKept")


def test_the_own_number_in_full_others_masked_until_asked(console: Any, agent: Any, served: str) -> None:
    assert "13911112222" in agent.get(f"/records/{served}").text
    supervisor = console.person("supervisor")
    for path in ("/records", f"/records/{served}"):
        assert "13911112222" not in supervisor.get(path).text
        assert "139****2222" in supervisor.get(path).text
    assert supervisor.post(f"/records/{served}/number").json() == {"number": "13911112222"}
    actions = [entry.action for entry in console.database.read(trail, who=supervisor.name)]
    assert actions[0] == "record.number"
    assert "record.view" in actions
    assert console.person("auditor").post(f"/records/{served}/number").status_code == 403


def test_an_agent_sees_only_the_own_records(console: Any, served: str) -> None:
    other = console.person("agent")
    assert other.get(f"/records/{served}").status_code == 403
    assert other.get(f"/records/{served}/recording").status_code == 403
    assert served not in other.get("/records").text
    assert console.person("clerk").get(f"/records/{served}").status_code == 403


def test_what_has_to_be_written_comes_first(console: Any, agent: Any, served: str) -> None:
    call = console.talked(agent.name)
    page = agent.get("/records").text
    assert f'href="/?call={call}"' in page
    assert page.index("待填写") < page.index(f"/records/{served}")
    agent.post(f"/calls/{call}/record", **GOOD)
    assert f'href="/?call={call}"' not in agent.get("/records").text


def test_a_recording_is_played_in_ranges_and_audited(console: Any, agent: Any, served: str) -> None:
    whole = agent.get(f"/records/{served}/recording")
    assert whole.status_code == 200
    assert whole.headers["Content-Type"] == "audio/wav"
    assert whole.content == (console.settings.recordings / f"{served}.wav").read_bytes()
    part = agent.get(f"/records/{served}/recording", headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole.content)}"
    assert part.content == whole.content[100:200]
    beyond = agent.get(f"/records/{served}/recording", headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    played = [e for e in console.database.read(trail, object=f"call:{served}") if e.action == "recording.play"]
    assert [entry.who for entry in played] == [agent.name]


def test_a_recording_outside_the_folder_is_not_given(console: Any, agent: Any) -> None:
    call = console.call()
    console.join(call, agent.name)
    console.order(fact="RecordingKept", call=call, file="../hotline.db", seconds=1.0, sha256="00")
    console.end(call)
    console.finish(call)
    assert agent.get(f"/records/{call}/recording").status_code == 404
    agent.post(f"/calls/{call}/record", **GOOD)


def test_filters(console: Any, agent: Any) -> None:
    lost = console.call(caller="13933334444")
    console.order(fact="LegEnded", call=lost, leg=f"agent:{agent.name}", code=486, reason="")
    console.end(lost)
    supervisor = console.person("supervisor")
    assert lost in supervisor.get("/records?outcome=abandoned_queue").text
    assert lost not in supervisor.get("/records?outcome=answered").text
    assert supervisor.get("/records?outcome=nonsense").status_code == 404
    assert supervisor.get("/tickets?state=accepted").status_code == 200
    assert supervisor.get("/tickets?state=nonsense").status_code == 404


def test_the_figures_of_the_day(console: Any, served: str) -> None:
    answer = console.person("clerk").get("/board/figures").json()
    day = answer["day"]
    assert day["offered"] >= day["answered"] >= 1
    assert day["connect"] == pytest.approx(day["answered"] / day["offered"])
    outbox = {line["channel"]: line for line in answer["outbox"]}
    assert outbox["online"]["waiting"] >= 1
    assert outbox["12345"] == {"channel": "12345", "waiting": 0, "failed": 0, "oldest": None, "trouble": False}


def test_health_says_what_is_wrong(console: Any) -> None:
    stranger = console.stranger()
    assert stranger.get("/health").json()["ok"] is True
    console.order(log="磁盘已满")
    answer = stranger.get("/health")
    console.order(log="")
    assert answer.status_code == 503
    assert answer.json()["log"] == {"ok": False, "reason": "磁盘已满"}


def push(console: Any, channel: str, **event: Any) -> Any:
    return console.stranger().http.post(f"{console.address}/api/channels/{channel}/events", json=event, timeout=10)


def test_an_outside_system_pushes_a_change_once(console: Any, agent: Any, served: str) -> None:
    number = ticket_of(agent, served)
    event = {"event_id": "e-1", "ticket": number, "state": "working", "note": "已指派律师"}
    assert push(console, "online", **event).json() == {"ticket": number, "state": "working", "duplicate": False}
    assert push(console, "online", **event).json() == {"ticket": number, "state": "working", "duplicate": True}
    page = agent.get(f"/tickets/{number}").text
    assert page.count("已指派律师") == 1
    assert '<li class="here" aria-current="step">' in page


@pytest.mark.parametrize(
    ("channel", "event", "status", "field"),
    [
        ("fax", {"event_id": "1", "ticket": "x", "state": "working"}, 404, "channel"),
        ("online", {"ticket": "x", "state": "working"}, 400, "event_id"),
        ("window", {"event_id": "1", "ticket": "GD0", "state": "working"}, 404, "ticket"),
        ("12345", {"event_id": 1, "ticket": "x", "state": "working"}, 400, "event_id"),
    ],
)
def test_a_wrong_event_names_the_field(
    console: Any, channel: str, event: dict[str, Any], status: int, field: str
) -> None:
    answer = push(console, channel, **event)
    assert answer.status_code == status
    assert answer.json()["field"] == field


def test_a_body_that_is_no_json_is_refused(console: Any) -> None:
    http = console.stranger().http
    answer = http.post(f"{console.address}/api/channels/online/events", data=b"\xff not json", timeout=10)
    assert answer.status_code == 400
    assert answer.json()["field"] == "body"


def test_the_audit_trail_is_shown_and_searched(console: Any, agent: Any, served: str) -> None:
    auditor = console.person("auditor")
    assert "填写话务工单" in auditor.get(f"/audit?object=call:{served}").text
    assert "没有符合条件的记录" in auditor.get("/audit?who=nobody-at-all").text
