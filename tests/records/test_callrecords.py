"""One record a call: written by the hotline in any order, completed by the agent, never the one over the other."""

import itertools
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from records import callrecords
from records.callrecords import CallRecord, RecordRefusedError, complete, save
from records.engine import Database
from records.masking import masked, shown

WHOLE = CallRecord(
    "c1",
    caller="13812341234",
    called="12348",
    trunk="carrier",
    arrived_at=100.0,
    answered_at=100.5,
    queued_at=110.0,
    ringing_at=111.0,
    joined_at=115.0,
    ended_at=200.0,
    transcript="老板欠我工资",
    label="law.labour",
    label_confidence=0.9,
    entered_by="speech",
    agent="li",
    outcome="answered",
    end_reason="hung up",
    ended_by="caller",
    rating=1,
)
# What the hotline learns of this call, as it is learnt.
STEPS = [
    {"caller": "13812341234", "called": "12348", "trunk": "carrier", "arrived_at": 100.0},
    {"answered_at": 100.5},
    {"transcript": "老板欠我工资", "label": "law.labour", "label_confidence": 0.9, "entered_by": "speech"},
    {"queued_at": 110.0},
    {"ringing_at": 111.0, "agent": "li"},
    {"joined_at": 115.0},
    {"ended_at": 200.0, "outcome": "answered", "end_reason": "hung up", "ended_by": "caller", "rating": 1},
]
# Any order of saves (a step by itself or all that is known by then), completing and keeping the recording, repeated.
ORDERS = st.lists(st.integers(0, 2 * len(STEPS) + 1), max_size=25)
numbers = itertools.count()


@given(ORDERS)
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_order_ends_in_the_same_record(database: Database, order: list[int]) -> None:
    call = f"c{next(numbers)}"

    def live(session: Session) -> None:
        save(session, CallRecord(call))
        for step in [*order, *range(2 * len(STEPS) + 2)]:
            act(session, call, step)

    database.do(live)
    assert database.read(callrecords.get, call) == CallRecord(
        **{
            **asdict(WHOLE),
            "call": call,
            "category": "law.labour",
            "matter": "欠薪",
            "answer": "先去仲裁",
            "completed_at": 300.0,
            "recording_file": "c1.wav",
            "recording_seconds": 84.5,
            "recording_sha256": "ab" * 32,
        }
    )


def act(session: Session, call: str, step: int) -> None:
    if step < len(STEPS):
        save(session, CallRecord(call, **STEPS[step]))
    elif step < 2 * len(STEPS):
        known = {name: value for each in STEPS[: step - len(STEPS) + 1] for name, value in each.items()}
        save(session, CallRecord(call, **known))
    elif step == 2 * len(STEPS):
        complete(session, call, "li", "law.labour", " 欠薪 ", "先去仲裁", 300.0)
    else:
        callrecords.keep_recording(session, call, "c1.wav", 84.5, "ab" * 32)
    session.expire_all()


def test_a_save_that_names_the_agents_fields_does_not_write_them(database: Database) -> None:
    database.do(save, WHOLE)
    database.do(complete, "c1", "li", "law.labour", "欠薪", "先去仲裁", 300.0)
    database.do(save, CallRecord("c1", category="law.family", matter="x", answer="y", completed_at=1.0))
    record = database.read(callrecords.get, "c1")
    assert record is not None
    assert (record.category, record.matter, record.answer, record.completed_at) == (
        "law.labour",
        "欠薪",
        "先去仲裁",
        300.0,
    )


@pytest.mark.parametrize(
    ("given", "fields", "said"),
    [
        (("c1", "li", "", "", ""), ("category", "matter", "answer"), "请填写：类别、事项、答复"),
        (("c1", "li", "law.labour", " \n", "去仲裁"), ("matter",), "请填写：事项"),
        (("c1", "li", "law.labour", "欠薪", "\u3000"), ("answer",), "请填写：答复"),
        (("c1", "li", "law.nothing", "欠薪", "去仲裁"), ("category",), "类别“law.nothing”不在目录中"),
        (("c1", "li", "law.labour", "欠" * 201, "去仲裁"), ("matter",), "事项最多200字，现为201字"),
        (("c9", "li", "law.labour", "欠薪", "去仲裁"), ("call",), "没有通话“c9”"),
        (("c1", "wang", "law.labour", "欠薪", "去仲裁"), ("agent",), "由其他坐席接听"),
    ],
)
def test_what_is_not_complete_is_named(
    database: Database,
    given: tuple[str, str, str, str, str],
    fields: tuple[str, ...],
    said: str,
) -> None:
    database.do(save, WHOLE)
    with pytest.raises(RecordRefusedError, match=said) as refused:
        database.do(complete, *given, 300.0)
    assert refused.value.fields == fields
    assert database.read(callrecords.latest) == [WHOLE]


def test_what_an_agent_still_owes(database: Database) -> None:
    for call, agent, joined in (("c1", "li", 10.0), ("c2", "li", 5.0), ("c3", "li", None), ("c4", "wang", 1.0)):
        database.do(save, CallRecord(call, agent=agent, joined_at=joined))
    assert [record.call for record in database.read(callrecords.uncompleted, "li")] == ["c2", "c1"]
    database.do(complete, "c2", "li", "law.labour", "欠薪", "去仲裁", 300.0)
    assert [record.call for record in database.read(callrecords.uncompleted, "li")] == ["c1"]


def test_after_a_crash_what_is_over_is_closed_once(database: Database) -> None:
    database.do(save, CallRecord("joined", arrived_at=1.0, joined_at=5.0, end_reason="worker lost"))
    database.do(save, CallRecord("waiting", arrived_at=2.0))
    database.do(save, CallRecord("alive", arrived_at=3.0))
    database.do(save, CallRecord("over", arrived_at=4.0, ended_at=6.0, outcome="abandoned_queue", ended_by="caller"))
    assert sorted(database.do(callrecords.close_open, {"alive"}, 100.0, "core restarted")) == ["joined", "waiting"]
    found = {record.call: record for record in database.read(callrecords.latest)}
    assert (found["joined"].outcome, found["joined"].end_reason) == ("answered", "worker lost")
    waiting = found["waiting"]
    assert (waiting.outcome, waiting.ended_at, waiting.end_reason, waiting.ended_by) == (
        "failed",
        100.0,
        "core restarted",
        "system",
    )
    assert found["alive"].outcome == "open"
    assert found["over"].ended_by == "caller"
    assert database.do(callrecords.close_open, {"alive"}, 200.0, "again") == []


def test_filters(database: Database) -> None:
    database.do(save, CallRecord("c1", arrived_at=1.0, caller="110", label="law.labour", agent="li"))
    database.do(save, CallRecord("c2", arrived_at=2.0, caller="110", outcome="refused"))
    database.do(save, CallRecord("c3", arrived_at=3.0, caller="120", agent="li"))
    database.do(save, CallRecord("c4"))

    def calls(limit: int = 9, **filters: object) -> list[str]:
        return [record.call for record in database.read(callrecords.latest, limit, **filters)]  # type: ignore[arg-type]

    assert calls() == ["c3", "c2", "c1", "c4"]
    assert calls(2) == ["c3", "c2"]
    assert calls(caller="110") == ["c2", "c1"]
    assert calls(agent="li", caller="110") == ["c1"]
    assert calls(outcome="refused") == ["c2"]
    assert calls(label="law.labour") == ["c1"]
    assert calls(since=2.0, until=3.0) == ["c2"]


@pytest.mark.parametrize(("field", "value"), [("outcome", "lost"), ("entered_by", "letter")])
def test_values_that_do_not_exist_are_refused(database: Database, field: str, value: str) -> None:
    with pytest.raises(ValueError, match=value):
        database.do(save, CallRecord("c1", **{field: value}))


@pytest.mark.parametrize(
    ("queued", "joined", "ended", "waited"),
    [
        (None, 5.0, 9.0, None),
        (1.0, None, None, None),
        (1.0, 5.0, 9.0, 4.0),
        (1.0, None, 9.0, 8.0),
        (5.0, 4.0, None, 0.0),
    ],
)
def test_waiting(queued: float | None, joined: float | None, ended: float | None, waited: float | None) -> None:
    assert CallRecord("c1", queued_at=queued, joined_at=joined, ended_at=ended).waited_seconds == waited


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        ("13812341234", "138****1234"),
        ("02583591234", "025****1234"),
        ("+8613812341234", "+86138****1234"),
        ("123456789", "1****6789"),
        ("12345678", "******78"),
        ("12345", "***45"),
        ("1001", "****"),
        ("", ""),
        (None, None),
    ],
)
def test_numbers_are_masked(number: str | None, seen: str | None) -> None:
    assert masked(number) == seen
    assert shown(number, "agent") == seen
    assert shown(number, "supervisor") == number
