"""The transcript of a talk at rest: whole, in order, sealed, and not in the lists of records."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from records import callrecords, transcripts
from records.callrecords import CallRecord
from records.engine import Database
from records.utterance import Utterance

TALK = (Utterance("agent:li", 100.5, 1.0, "您好"), Utterance("caller", 103.25, 2.0, "老板欠我工资"))


def test_a_transcript_comes_back_as_it_was_and_grows(database: Database) -> None:
    database.do(transcripts.save, "c1", TALK[:1])
    database.do(transcripts.save, "c1", TALK)
    database.do(transcripts.save, "c1", ())  # a record written again by something that knows less
    assert database.read(transcripts.of_call, "c1") == list(TALK)
    assert database.read(transcripts.of_call, "c2") == []


def test_it_is_sealed_and_apart_from_the_record(database: Database) -> None:
    database.do(callrecords.save, CallRecord("c1", transcript="诉求"))
    database.do(transcripts.save, "c1", TALK)

    def stored(session: Session) -> str:
        return str(session.execute(text("SELECT utterances FROM call_transcripts")).scalar_one())

    kept = database.read(stored)
    assert "老板" not in kept and "caller" not in kept
    assert "老板" not in str(database.read(callrecords.latest))
