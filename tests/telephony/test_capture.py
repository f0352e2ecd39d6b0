"""A recording paused and gone on with: what the worker and the transcript are told, and when an alarm is raised."""

from ivr.commands import PauseRecording, ResumeRecording, StartRecording
from ivr.facts import RecordingFailed, RecordingKept, RecordingPaused, RecordingResumed
from telephony.calls import transcript as transcripts
from telephony.calls.capture import Alarm, Capture, alarm, happened, parted, started
from telephony.calls.transcript import Transcript

ON = started(Capture("c1"), StartRecording("c1", "c1.wav"))


def test_a_pause_and_its_end() -> None:
    paused, orders = happened(ON, RecordingPaused("c1", "li"), 5.0, 180.0)
    assert (paused.paused_by, paused.since, orders) == ("li", 5.0, [PauseRecording("c1", 180.0)])
    assert happened(paused, RecordingPaused("c1", "li"), 6.0, 180.0) == (paused, [])
    going, orders = happened(paused, RecordingResumed("c1", "li"), 7.0, 180.0)
    assert (going.paused_by, orders) == ("", [ResumeRecording("c1")])
    assert happened(going, RecordingResumed("c1", "li"), 8.0, 180.0) == (going, [])


def test_the_worker_ended_it_by_itself() -> None:
    paused, _ = happened(ON, RecordingPaused("c1", "li"), 5.0, 180.0)
    assert happened(paused, RecordingResumed("c1"), 185.0, 180.0)[1] == []


def test_an_agent_who_leaves_a_pause_behind() -> None:
    paused, _ = happened(ON, RecordingPaused("c1", "li"), 5.0, 180.0)
    assert parted(paused)[1] == [ResumeRecording("c1")]
    assert parted(ON) == (ON, [])


def test_what_is_not_recorded_cannot_be_paused() -> None:
    assert happened(Capture("c1"), RecordingPaused("c1", "li"), 5.0, 180.0) == (Capture("c1"), [])
    broken, _ = happened(ON, RecordingFailed("c1", "c1.rec", "disk full"), 6.0, 180.0)
    assert (broken.on, broken.trouble) == (False, "disk full")
    assert happened(broken, RecordingPaused("c1", "li"), 7.0, 180.0) == (broken, [])


def test_a_pause_keeps_the_words_out_of_the_transcript() -> None:
    talking, _ = transcripts.joined(Transcript("c1", "both"), "agent:li", 1.0)
    hushed, orders = transcripts.hushed(talking, True, 2.0)
    assert [order.legs for order in orders] == [()]  # type: ignore[attr-defined]
    again, orders = transcripts.hushed(hushed, False, 3.0)
    assert [order.legs for order in orders] == [("caller", "agent:li")]  # type: ignore[attr-defined]
    assert again.since == 3.0


def test_an_alarm_stands_until_a_later_call_is_recorded_whole() -> None:
    failed = RecordingFailed("c1", "c1.rec", "disk full")
    raised = alarm(Alarm(), failed, 1.0, 10.0)
    assert raised == Alarm("disk full", 10.0) == alarm(raised, failed, 1.0, 20.0)
    assert alarm(raised, RecordingKept("c0", "c0.rec", 9.0, "ab"), 5.0, 30.0) == raised, "of a call from before"
    assert alarm(raised, RecordingKept("c2", "c2.rec", 9.0, "ab", (), True), 25.0, 30.0) == raised
    assert alarm(raised, RecordingKept("c2", "c2.rec", 9.0, "ab"), 25.0, 30.0) == Alarm()
